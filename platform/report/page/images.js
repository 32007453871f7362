// Classified images: confusion matrix and thumbnails; then everything is drawn in the page's order.
function confusion() {
  if (!RUNS.some(d => d.report.accuracy)) return;
  const part = section("confusion", "Confusion matrix", "Rows: label; columns: predicted class. A click on a cell shows its images below.");
  const holder = part.append("div").attr("class", "scroll");
  const render = () => {
    holder.selectAll("*").remove();
    const r = run().report;
    if (!r.accuracy) { holder.append("p").text("The images of this run have no labels."); return; }
    const classes = 1 + d3.max(r.inputs, d => Math.max(d.label, d.predicted));
    const cell = Math.max(16, Math.min(34, Math.floor((holder.node().clientWidth - 50) / (classes + 1)))), counts = d3.rollup(r.inputs, v => v.length, d => d.label, d => d.predicted);
    const cells = d3.cross(d3.range(classes), d3.range(classes)).map(([label, predicted]) => ({ label, predicted, count: counts.get(label)?.get(predicted) ?? 0 }));
    const most = d3.max(cells, d => d.count), size = cell * classes;
    const svg = holder.append("svg").attr("width", size + 46).attr("height", size + 46).style("max-width", "none").attr("role", "group").attr("aria-label", "Confusion matrix");
    svg.append("text").attr("class", "dim").attr("x", 40 + size / 2).attr("y", 12).attr("text-anchor", "middle").text("predicted");
    svg.append("text").attr("class", "dim").attr("transform", `translate(12,${40 + size / 2})rotate(-90)`).attr("text-anchor", "middle").text("label");
    for (let i = 0; i < classes; ++i) {
      svg.append("text").attr("class", "dim").attr("x", 40 + cell * (i + 0.5)).attr("y", 33).attr("text-anchor", "middle").text(i);
      svg.append("text").attr("class", "dim").attr("x", 34).attr("y", 44 + cell * (i + 0.5)).attr("text-anchor", "end").text(i);
    }
    const groups = svg.selectAll("g").data(cells.filter(d => d.count)).join("g").attr("class", "row").attr("transform", d => `translate(${40 + cell * d.predicted},${40 + cell * d.label})`)
      .attr("aria-label", d => `label ${d.label}, predicted ${d.predicted}: ${d.count} images`);
    groups.append("rect").attr("class", "back").attr("width", cell).attr("height", cell);
    groups.append("rect").attr("x", 1).attr("y", 1).attr("width", cell - 2).attr("height", cell - 2).attr("rx", 3)
      .attr("fill", d => colour(d.label === d.predicted ? "compute" : "cpu")).attr("fill-opacity", d => 0.25 + 0.75 * d.count / most);
    groups.append("text").attr("x", cell / 2).attr("y", cell / 2 + 4).attr("text-anchor", "middle").text(d => d.count);
    withTip(clickable(groups, d => { pairing = pairing && pairing.label === d.label && pairing.predicted === d.predicted ? null : d; choose({}); }),
      d => `label ${d.label}, predicted ${d.predicted}: ${d.count} images`);
  };
  watch(render);
  onResize(render);
}

let pairing = null;  // the cell of the confusion matrix that filters the thumbnails

function thumbnails() {
  if (!RUNS.some(d => d.thumbnails)) return;
  const part = section("images", "Images", "", true);
  const note = part.append("p").attr("class", "note"), holder = part.append("div").attr("class", "thumbs");
  watch(() => {
    const r = run().report, sheet = r.thumbnails;
    const all = run().thumbnails && sheet ? sheet.inputs.map((input, cell) => ({ ...r.inputs[input], cell })) : [];
    const some = pairing ? all.filter(d => d.label === pairing.label && d.predicted === pairing.predicted) : all;
    note.text(`${some.length} of ${r.inputs.length} images${pairing ? `: label ${pairing.label}, predicted ${pairing.predicted}` : ""}. Number of the image, predicted class, label where it differs.`);
    const zoom = sheet ? Math.max(1, Math.floor(72 / sheet.width)) : 1;
    const figures = holder.selectAll("figure").data(some, d => d.index).join(enter => {
      const figure = enter.append("figure");
      figure.append("i");
      figure.append("figcaption");
      return figure;
    });
    figures.attr("class", d => d.label === null ? "plain" : d.label === d.predicted ? "right" : "wrong");
    figures.select("figcaption").text(d => `#${d.index}: ${d.predicted}${d.label !== null && d.label !== d.predicted ? ` (is ${d.label})` : ""}${d.probability ? ` ${(100 * d.probability).toFixed(0)} %` : ""}`);
    if (!sheet) return;
    figures.select("i").style("width", sheet.width * zoom + 4 + "px").style("height", sheet.height * zoom + 4 + "px")
      .style("background-image", `url(${run().thumbnails})`).style("background-size", `${sheet.columns * sheet.width * zoom}px auto`)
      .style("background-position", d => `-${(d.cell % sheet.columns) * sheet.width * zoom}px -${Math.floor(d.cell / sheet.columns) * sheet.height * zoom}px`);
  });
}

d3.select("#title").text(RUNS.length > 1 ? RUNS.map(d => d.label).join(" · ") : run().report.scenario);
document.title = `${RUNS.map(d => d.label).join(", ")} – MSD report`;
watch(() => {
  const r = run().report, images = r.inputs.length;
  d3.select("#subtitle").text(`${RUNS.length > 1 ? run().label + ": " : ""}${r.title ? r.title + ", " : ""}${r.device}, ${images} image${images === 1 ? "" : "s"}, seed ${r.seed}, msd ${r.version}`);
});
summary();
comparison();
gantt();
causes();
layerTable();
roofline();
memory();
graph();
balance();
prediction();
rtl();
confusion();
thumbnails();
d3.select("body").attr("data-drawn", "true");
