// What every part of the page shares: the data, the selected layer, numbers as text, rows of bars.
const DATA = JSON.parse(document.getElementById("data").textContent);
const RUNS = DATA.runs;
const CAUSES = [
  ["compute", "computing"], ["weights", "waiting for weights"], ["activations", "waiting for activations"],
  ["store", "waiting for post-processing and store"], ["cpu", "waiting for the CPU"], ["fill_drain", "fill and drain"]];

const number = d3.format(",");
const short = value => value === 0 ? "0" : d3.format(".3~s")(value).replace("G", " G").replace("M", " M").replace("k", " k");
const ratio = (part, whole) => whole ? part / whole : 0;  // a layer that a stopped run did not reach has no cycles
const percent = (part, whole) => whole ? `${(100 * part / whole).toFixed(1)} %` : "–";
const colour = name => `var(--${name})`;
const clip = (text, length) => text.length > length ? text.slice(0, length - 1) + "…" : text;

// What the user chose. Every part registers a function that shows it.
const state = { run: 0, layer: -1, kind: "", text: "" };
const watchers = [];
const watch = show => { watchers.push(show); show(); };
const choose = change => { Object.assign(state, change); for (const show of watchers) show(); };
const pick = layer => choose({ layer: state.layer === layer ? -1 : layer });

const run = () => RUNS[state.run];
const layers = () => run().report.layers;
const shown = layer => (!state.kind || layer.kind === state.kind) &&
  (!state.text || layer.name.toLowerCase().includes(state.text.toLowerCase()));

const main = d3.select("#main"), nav = d3.select("#nav");
function section(id, title, note, wide) {
  const part = main.append("section").attr("id", id).attr("aria-labelledby", id + "-title").classed("wide", !!wide);
  part.append("h2").attr("id", id + "-title").text(title);
  if (note) part.append("p").attr("class", "note").text(note);
  nav.append("a").attr("href", "#" + id).text(title);
  return part;
}

const tip = d3.select("#tip");
function showTip(event, text) {
  tip.text(text).attr("hidden", null);
  const box = tip.node().getBoundingClientRect();
  tip.style("left", Math.max(4, Math.min(event.clientX + 14, innerWidth - box.width - 8)) + "px")
    .style("top", Math.max(4, Math.min(event.clientY + 16, innerHeight - box.height - 8)) + "px");
}
const hideTip = () => tip.attr("hidden", true);
const withTip = (selection, text) => selection
  .on("mousemove", (event, d) => showTip(event, text(d))).on("mouseleave", hideTip);

function legend(parent, entries) {
  const items = parent.append("div").attr("class", "legend").selectAll("span").data(entries).join("span");
  items.append("i").style("background", d => d[0]);
  items.append("span").text(d => d[1]);
}

// Acts like a button for mouse and keyboard.
const clickable = (selection, act) => selection.attr("tabindex", 0).attr("role", "button")
  .on("click", (event, d) => act(d))
  .on("keydown", (event, d) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(d); }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = [...event.currentTarget.parentNode.children].filter(e => e.getAttribute("tabindex") === "0");
    const next = all[all.indexOf(event.currentTarget) + step];
    if (next) { event.preventDefault(); next.focus(); }
  });

// One row a layer: label on the left, `draw(group, layer, x)` to the right of it. domain: [low, high].
function layerRows(parent, options) {
  const holder = parent.append("div");
  const render = () => {
    holder.selectAll("*").remove();
    const rows = layers().map((layer, index) => ({ ...layer, index })).filter(shown);
    const width = Math.max(280, holder.node().clientWidth), row = 20, top = 22;
    const label = Math.min(width * 0.36, 16 + 7 * (d3.max(rows, d => d.name.length) ?? 1));
    const height = top + row * rows.length + 4;
    const svg = holder.append("svg").attr("width", width).attr("height", height).attr("viewBox", `0 0 ${width} ${height}`)
      .attr("role", "group").attr("aria-label", options.title);
    const x = (options.scale ?? d3.scaleLinear)().domain(options.domain(rows)).range([label + 6, width - 14]);
    svg.append("g").attr("class", "axis").attr("transform", `translate(0,${top - 2})`)
      .call(d3.axisTop(x).ticks(Math.max(2, Math.min(8, (width - label) / 80))).tickFormat(options.format ?? short));
    const groups = svg.append("g").selectAll("g").data(rows).join("g").attr("class", "row")
      .attr("transform", (d, i) => `translate(0,${top + row * i})`)
      .attr("aria-label", options.text)
      .classed("on", d => d.index === state.layer);
    groups.append("rect").attr("class", "back").attr("x", 1).attr("width", width - 2).attr("height", row).attr("rx", 3);
    groups.append("text").attr("x", label).attr("y", row - 6).attr("text-anchor", "end")
      .text(d => clip(d.name, Math.floor((label - 6) / 6.6)));
    groups.each(function (d) { options.draw(d3.select(this), d, x, row); });
    withTip(clickable(groups, d => pick(d.index)), options.text);
  };
  watch(render);
  onResize(render);
}

const resizers = [];
const onResize = act => resizers.push(act);
let lastWidth = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === lastWidth) return;
  lastWidth = innerWidth;
  for (const act of resizers) act();
});
addEventListener("keydown", event => { if (event.key === "Escape") choose({ layer: -1, kind: "", text: "" }); });
