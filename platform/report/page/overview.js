// Summary, comparison of several runs, the network's graph and the table of layers.
function summary() {
  const part = section("summary", "Summary", "", true);
  if (RUNS.length > 1) {
    const tabs = part.append("div").attr("class", "controls").attr("role", "group").attr("aria-label", "Run shown below");
    tabs.append("span").text("Shown below:");
    const buttons = tabs.selectAll("button").data(RUNS).join("button").text(d => d.label)
      .on("click", (event, d) => choose({ run: RUNS.indexOf(d), layer: -1 }));
    watch(() => buttons.attr("aria-pressed", d => d === run() ? "true" : "false"));
  }
  const body = part.append("div");
  let drawn = -1;
  watch(() => {
    if (drawn === state.run) return;
    drawn = state.run;
    body.selectAll("*").remove();
    const r = run().report, t = r.totals, l = r.limits;
    const images = r.inputs.length, first = images ? r.inputs[0].cycles : t.cycles;
    const spent = d3.rollup(CAUSES, v => d3.sum(r.layers, d => d.causes[v[0][0]]), c => c[0]);
    const window = d3.sum(r.layers, d => d.cycles);
    const tiles = [
      [number(first), r.stopped && !images ? "cycles, until the stop" : "cycles, first image"],
      [`${(first / (l.clock_mhz * 1e3)).toFixed(3)} ms`, `at ${l.clock_mhz} MHz`],
      [short(d3.sum(r.layers, d => d.macs)), "multiply-accumulates an image"],
      [percent(spent.get("compute"), window), "of the time the arrays are fed"],
      [`${short(d3.sum(r.layers, d => d.dram_read_bytes))}B / ${short(d3.sum(r.layers, d => d.dram_write_bytes))}B`, "read / written an image"],
      [percent(r.dram.row_hits, r.dram.row_hits + r.dram.row_misses + r.dram.row_conflicts), `DRAM rows open (${r.dram.preset})`],
      [`${l.lut_rows}×${l.lut_cols} + ${l.dsp_rows}×${l.dsp_cols}`, "LUT + DSP array"]];
    if (t.cpu_cycles_per_image) tiles.push([short(t.cpu_cycles_per_image), "cycles of the CPU beside it, an image"]);
    if (r.accuracy) tiles.push([`${r.accuracy.correct} / ${r.accuracy.images}`, "images classified right"]);
    const boxes = body.append("div").attr("class", "tiles").selectAll("div").data(tiles).join("div").attr("class", "tile");
    boxes.append("b").text(d => d[0]);
    boxes.append("span").text(d => d[1]);
    if (r.stopped) body.append("p").attr("class", "bad").style("margin", "0.15rem 0").text(r.stopped.message);
    for (const c of r.checks)
      body.append("p").attr("class", c.passed ? "good" : "bad").style("margin", "0.15rem 0")
        .text(`${c.passed ? "✓" : "✗"} ${c.name}: ${c.message || (c.passed ? "holds" : "fails")}`);
    body.append("p").attr("class", "note").style("margin", "0.5rem 0 0").text("Reproduce with");
    body.append("pre").attr("id", "command").text(r.command);
  });
}

function comparison() {
  if (RUNS.length < 2) return;
  const part = section("compare", "Comparison", "Relative to the first run; layers are matched by name.", true);
  const rows = [
    ["device", r => r.device, null], ["images", r => r.inputs.length, null],
    ["cycles, first image", r => r.inputs[0]?.cycles ?? r.totals.cycles, number],
    ["latency, ms", r => (r.inputs[0]?.cycles ?? r.totals.cycles) / (r.limits.clock_mhz * 1e3), d3.format(".3f")],
    ["predicted cycles", r => r.totals.predicted_cycles_per_image, number],
    ["bytes read, an image", r => d3.sum(r.layers, d => d.dram_read_bytes), number],
    ["bytes written, an image", r => d3.sum(r.layers, d => d.dram_write_bytes), number],
    ["top-1", r => r.accuracy ? r.accuracy.top1 : null, d3.format(".4f")],
    ...CAUSES.map(([key, text]) => [`cycles ${text}`, r => d3.sum(r.layers, d => d.causes[key]), number])];
  const table = part.append("div").attr("class", "scroll").append("table");
  table.append("thead").append("tr").selectAll("th").data(["", ...RUNS.map(d => d.label)]).join("th").text(d => d);
  const lines = table.append("tbody").selectAll("tr").data(rows).join("tr");
  lines.append("td").text(d => d[0]);
  for (const [index, r] of RUNS.entries())
    lines.append("td").text(([, get, format]) => {
      const value = get(r.report), base = get(RUNS[0].report);
      if (value === null) return "–";
      const text = format ? format(value) : value;
      return index > 0 && format && base ? `${text} (${(value / base).toFixed(2)}×)` : text;
    });
  const names = [...new Set(RUNS.flatMap(d => d.report.layers.map(l => l.name)))];
  const by = RUNS.map(d => new Map(d.report.layers.map(l => [l.name, l.cycles])));
  const colours = RUNS.map((d, i) => d3.interpolateViridis(RUNS.length < 2 ? 0.5 : 0.15 + 0.7 * i / (RUNS.length - 1)));
  legend(part, RUNS.map((d, i) => [colours[i], d.label]));
  const holder = part.append("div").attr("id", "compare-chart");
  const render = () => {
    holder.selectAll("*").remove();
    const width = holder.node().clientWidth, bar = 9, row = bar * RUNS.length + 6, top = 22, height = top + row * names.length + 4;
    const label = Math.min(width * 0.36, 16 + 7 * d3.max(names, d => d.length));
    const svg = holder.append("svg").attr("width", width).attr("height", height).attr("role", "img")
      .attr("aria-label", "Cycles of each layer in each run");
    const x = d3.scaleLinear().domain([0, d3.max(by, m => d3.max(m.values()))]).nice().range([label + 6, width - 14]);
    svg.append("g").attr("class", "axis").attr("transform", `translate(0,${top - 2})`)
      .call(d3.axisTop(x).ticks(6).tickFormat(short));
    const groups = svg.selectAll("g.pair").data(names).join("g").attr("class", "pair")
      .attr("transform", (d, i) => `translate(0,${top + row * i})`);
    groups.append("text").attr("x", label).attr("y", row / 2 + 3).attr("text-anchor", "end").text(d => clip(d, Math.floor((label - 6) / 6.6)));
    for (const [i, m] of by.entries())
      groups.append("rect").attr("x", x(0)).attr("y", 2 + bar * i).attr("height", bar - 1).attr("fill", colours[i])
        .attr("width", d => Math.max(0, x(m.get(d) ?? 0) - x(0)));
    withTip(groups, d => d + "\n" + RUNS.map((r, i) => `${r.label}: ${by[i].has(d) ? number(by[i].get(d)) + " cycles" : "no such layer"}`).join("\n"));
  };
  render();
  onResize(render);
}

function graph() {
  const part = section("graph", "Network", "In the order it runs; arcs are operands that skip steps. Bar: share of the image's cycles. Click selects a layer.");
  part.classed("long", true);
  const holder = part.append("div");
  const render = () => {
    holder.selectAll("*").remove();
    const nodes = run().report.network.nodes, total = d3.sum(layers(), d => d.cycles);
    const row = 22, width = Math.max(300, holder.node().clientWidth), height = row * nodes.length + 6;
    const arcs = nodes.flatMap((n, to) => n.inputs.filter(from => to - from > 1).map(from => ({ from, to })));
    // Lanes for arcs, the shortest first, so that nested arcs do not cross.
    const lanes = [];
    arcs.sort((a, b) => (a.to - a.from) - (b.to - b.from));
    for (const arc of arcs) {
      arc.lane = lanes.findIndex(taken => taken.every(o => o.to <= arc.from || o.from >= arc.to));
      if (arc.lane < 0) arc.lane = lanes.push([]) - 1;
      lanes[arc.lane].push(arc);
    }
    const step = Math.min(10, 90 / Math.max(1, lanes.length)), left = 14 + step * lanes.length, y = i => row * i + row / 2;
    const kind = d => d.op === "conv" && d.layer >= 0 && layers()[d.layer].kind === "depthwise" ? "depthwise" : d.op;
    const svg = holder.append("svg").attr("width", width).attr("height", height).attr("role", "group").attr("aria-label", "Layers and their operands");
    const rows = svg.selectAll("g.row").data(nodes).join("g").attr("class", "row").attr("transform", (d, i) => `translate(0,${row * i})`)
      .classed("on", d => d.layer >= 0 && d.layer === state.layer)
      .classed("faint", d => d.layer >= 0 && !shown(layers()[d.layer]))
      .attr("aria-label", d => `${d.name}, ${d.op}`);
    rows.append("rect").attr("class", "back").attr("x", left + 8).attr("width", width - left - 10).attr("height", row).attr("rx", 3);
    const bar = Math.min(120, width * 0.18), text = left + 16;
    rows.append("text").attr("x", text).attr("y", row - 7).text(d => clip(d.name, Math.floor((width - text - bar - 150) / 6.8)));
    rows.append("text").attr("class", "dim").attr("x", width - bar - 16).attr("y", row - 7).attr("text-anchor", "end")
      .text(d => `${kind(d)} ${d.shape.join("×")}`);
    // A layer that others are fused into is drawn once, where its tensor is stored.
    rows.filter(d => d.layer >= 0 && d.stores).append("rect").attr("x", width - bar - 8).attr("y", 5).attr("height", row - 10).attr("rx", 2)
      .attr("fill", colour("accent")).attr("width", d => Math.max(1, bar * ratio(layers()[d.layer].cycles, d3.max(layers(), l => l.cycles))));
    svg.append("g").selectAll("line").data(nodes.flatMap((n, to) => n.inputs.filter(f => to - f === 1).map(from => ({ from, to })))).join("line")
      .attr("class", "grid").attr("x1", left).attr("x2", left).attr("y1", d => y(d.from)).attr("y2", d => y(d.to)).style("stroke", colour("dim"));
    svg.append("g").selectAll("path").data(arcs).join("path").attr("fill", "none").attr("stroke", colour("accent"))
      .attr("d", d => { const x = left - 8 - step * d.lane; return `M${left},${y(d.from)}C${x},${y(d.from)} ${x},${y(d.from)} ${x},${y(d.from) + row / 2}V${y(d.to) - row / 2}C${x},${y(d.to)} ${x},${y(d.to)} ${left},${y(d.to)}`; });
    svg.append("g").selectAll("circle").data(nodes).join("circle").attr("cx", left).attr("cy", (d, i) => y(i)).attr("r", 4.5)
      .attr("fill", d => d.layer < 0 ? colour("dim") : colour("accent"));
    withTip(clickable(rows.filter(d => d.layer >= 0), d => pick(d.layer)), d => {
      const l = layers()[d.layer];
      return `${d.name} (${d.op}, ${d.shape.join("×")})\n${number(l.cycles)} cycles, ${percent(l.cycles, total)} of the image`;
    });
  };
  watch(render);
  onResize(render);
}

const COLUMNS = [
  ["layer", d => d.name, null], ["kind", d => d.kind, null], ["output", d => d.shape.join("×"), null], ["cycles", d => d.cycles, number],
  ["predicted", d => d.predicted_cycles, number], ["error", d => d.cycles ? d.predicted_cycles / d.cycles - 1 : 0, d3.format("+.1%")],
  ["MACs", d => d.macs, short], ["MACs/cycle", d => ratio(d.macs, d.cycles), d3.format(",.0f")],
  ["LUT busy", d => ratio(d.lut_busy_cycles, d.cycles), d3.format(".0%")], ["DSP busy", d => ratio(d.dsp_busy_cycles, d.cycles), d3.format(".0%")],
  ["LUT | DSP", d => `${d.lut_channels} | ${d.dsp_channels}`, null], ["EB", d => d.effective_bits, number], ["tiles", d => d.tiles, number],
  ["bytes read", d => d.dram_read_bytes, short], ["written", d => d.dram_write_bytes, short], ["bound", d => d.bound, null],
  ["waits", d => d3.sum(["weights", "activations", "store", "cpu"], c => d.causes[c]), short], ["fill/drain", d => d.causes.fill_drain, short]];

function layerTable() {
  const part = section("layers", "Layers", "First image. Cycles of a layer: from the end of the layer before to its own, so that they add up; busy beyond 100 %: its first tiles ran before that. Click a heading to sort, a row to select; Esc shows everything.", true);
  part.classed("long", true);
  const controls = part.append("div").attr("class", "controls");
  const search = controls.append("input").attr("type", "search").attr("placeholder", "layer…").attr("aria-label", "Filter layers by name")
    .on("input", event => choose({ text: event.target.value }));
  const kinds = controls.append("span").attr("class", "controls").style("margin", 0);
  const count = controls.append("span").attr("id", "count");
  const table = part.append("div").attr("class", "scroll").append("table").attr("id", "layer-table");
  let column = -1, down = true;
  const heads = table.append("thead").append("tr").selectAll("th").data(COLUMNS).join("th").attr("scope", "col").classed("text", d => !d[2]);
  heads.append("button").attr("type", "button").text(d => d[0]).on("click", (event, d) => {
    const i = COLUMNS.indexOf(d);
    down = i === column ? !down : !!d[2];
    column = i;
    render();
  });
  const body = table.append("tbody");
  const render = () => {
    kinds.selectAll("button").data([...new Set(layers().map(d => d.kind))]).join("button").attr("type", "button").text(d => d)
      .attr("aria-pressed", d => d === state.kind ? "true" : "false").on("click", (event, d) => choose({ kind: state.kind === d ? "" : d }));
    search.property("value", state.text);
    heads.attr("aria-sort", (d, i) => i !== column ? null : down ? "descending" : "ascending");
    const rows = layers().map((layer, index) => ({ ...layer, index })).filter(shown);
    count.text(`${rows.length} of ${layers().length} layers, ${number(d3.sum(rows, d => d.cycles))} cycles`);
    if (column >= 0) rows.sort((a, b) => (down ? d3.descending : d3.ascending)(COLUMNS[column][1](a), COLUMNS[column][1](b)));
    const lines = body.selectAll("tr").data(rows).join("tr").attr("class", "pick").attr("aria-selected", d => d.index === state.layer ? "true" : "false");
    lines.selectAll("td").data(d => COLUMNS.map(c => ({ text: c[2] ? c[2](c[1](d)) : c[1](d), left: !c[2] }))).join("td")
      .classed("text", d => d.left).text(d => d.text);
    clickable(lines, d => pick(d.index)).attr("role", null);
  };
  watch(render);
}
