// Charts of layers: causes of stall, roofline, balance, prediction, memory, RTL.
function causes() {
  const part = section("causes", "What every cycle was spent on", "Per layer, first image. Fill and drain: the pipeline waits for a tensor that is still being stored, or empties.", true);
  part.classed("long", true);
  legend(part, CAUSES.map(([key, text]) => [colour(key), text]));
  let share = false;
  const controls = part.append("div").attr("class", "controls");
  const toggle = controls.append("button").attr("type", "button").text("as shares of the layer").on("click", () => { share = !share; choose({}); });
  watch(() => toggle.attr("aria-pressed", share ? "true" : "false"));
  layerRows(part, {
    title: "Cycles of each layer by cause",
    domain: rows => [0, share ? 1 : d3.max(rows, d => d.cycles) || 1],
    get format() { return share ? d3.format(".0%") : short; },
    text: d => `${d.name}: ${number(d.cycles)} cycles\n` + CAUSES.map(([key, text]) => `${number(d.causes[key])} ${text} (${percent(d.causes[key], d.cycles)})`).join("\n"),
    draw: (group, d, x, row) => {
      let at = 0;
      for (const [key] of CAUSES) {
        const part = share ? ratio(d.causes[key], d.cycles) : d.causes[key];
        group.append("rect").attr("x", x(at)).attr("y", 4).attr("height", row - 8).attr("width", Math.max(0, x(at + part) - x(at))).attr("fill", colour(key));
        at += part;
      }
    },
  });
}

function balance() {
  const part = section("balance", "LUT against DSP core", "Cycles in which each array received operands, as shares of the layer's. Equal bars: the split keeps both busy.");
  part.classed("long", true);
  legend(part, [[colour("lut"), "LUT core"], [colour("dsp"), "DSP core"]]);
  layerRows(part, {
    title: "Busy share of the LUT and DSP cores per layer",
    domain: () => [0, 1], format: d3.format(".0%"),
    text: d => `${d.name}: LUT ${percent(d.lut_busy_cycles, d.cycles)} with ${d.lut_channels} channels, DSP ${percent(d.dsp_busy_cycles, d.cycles)} with ${d.dsp_channels} channels`,
    draw: (group, d, x, row) => {
      for (const [i, key] of ["lut", "dsp"].entries())
        group.append("rect").attr("x", x(0)).attr("y", 3 + i * (row - 6) / 2).attr("height", (row - 6) / 2 - 0.5)
          .attr("width", Math.max(0, x(Math.min(1, ratio(d[`${key}_busy_cycles`], d.cycles))) - x(0))).attr("fill", colour(key));
    },
  });
}

function prediction() {
  const part = section("prediction", "Predicted against simulated cycles", "Bar: simulated; line: what the scheduler predicted.");
  part.classed("long", true);
  layerRows(part, {
    title: "Simulated and predicted cycles per layer",
    domain: rows => [0, d3.max(rows, d => Math.max(d.cycles, d.predicted_cycles)) || 1],
    text: d => `${d.name}: ${number(d.cycles)} cycles simulated, ${number(d.predicted_cycles)} predicted (${d3.format("+.1%")(d.cycles ? d.predicted_cycles / d.cycles - 1 : 0)})`,
    draw: (group, d, x, row) => {
      group.append("rect").attr("x", x(0)).attr("y", 5).attr("height", row - 10).attr("width", Math.max(0, x(d.cycles) - x(0))).attr("fill", colour("accent"));
      group.append("line").attr("x1", x(d.predicted_cycles)).attr("x2", x(d.predicted_cycles)).attr("y1", 2).attr("y2", row - 2)
        .attr("stroke", colour("text")).attr("stroke-width", 2);
    },
  });
}

function rtl() {
  const compared = RUNS.map(d => d.report.rtl).find(Boolean);
  if (!compared) return;
  const part = section("rtl", "TLM against RTL", "Cycles of each layer, first image, on the transaction-level model and on the Verilated RTL; every burst with its bytes, interrupt, register access and unit's work was compared.");
  part.append("p").attr("class", compared.differences ? "bad" : "good").text(compared.differences ? compared.difference
    : `No difference in ${number(compared.events)} events and ${number(compared.tlm_cycles)} cycles.`);
  const table = part.append("div").attr("class", "scroll").append("table");
  table.append("thead").append("tr").selectAll("th").data(["layer", "TLM", "RTL", "difference"]).join("th").text(d => d);
  const all = { name: "all images", tlm_cycles: compared.tlm_cycles, rtl_cycles: compared.rtl_cycles };
  const cells = d => d.rtl_cycles === null ? [d.name, number(d.tlm_cycles), "not reached", "–"]
    : [d.name, number(d.tlm_cycles), number(d.rtl_cycles), number(d.rtl_cycles - d.tlm_cycles)];
  table.append("tbody").selectAll("tr").data([...compared.layers, all]).join("tr").selectAll("td").data(cells).join("td").text(d => d);
}

function roofline() {
  const part = section("roofline", "Roofline", "Each dot is a layer with multiplications. Roofs: both arrays at once, the LUT array alone, the DSP array alone; slopes: the memory's peak and one read port.");
  const holder = part.append("div");
  const render = () => {
    holder.selectAll("*").remove();
    const l = run().report.limits, width = Math.max(280, holder.node().clientWidth), height = Math.min(440, Math.max(300, width * 0.62));
    const points = layers().map((layer, index) => ({ ...layer, index, x: layer.macs / Math.max(1, layer.dram_read_bytes + layer.dram_write_bytes), y: ratio(layer.macs, layer.cycles) }))
      .filter(d => d.macs > 0 && d.y > 0 && shown(d));
    const digits = Math.max(1, d3.max(layers(), d => d.effective_bits) || 1);
    const lut = l.lut_rows * l.lut_cols / digits, dsp = 2 * l.dsp_rows * l.dsp_cols;
    const roofs = [[`both ${short(lut + dsp)}`, lut + dsp], [`LUT, EB ${digits}: ${short(lut)}`, lut], [`DSP ${short(dsp)}`, dsp]];
    const slopes = [["one port", l.beat_bytes]];
    if (l.dram_bytes_per_cycle > 0) slopes.push(["DRAM", l.dram_bytes_per_cycle]);
    slopes.sort((a, b) => b[1] - a[1]);  // the upper line first
    const lowX = Math.min(1, d3.min(points, d => d.x) ?? 1) / 1.5, highX = Math.max(1000, (d3.max(points, d => d.x) ?? 1) * 1.5);
    const lowY = Math.min(dsp, d3.min(points, d => d.y) ?? 1) / 2, highY = (lut + dsp) * 2.2;
    const x = d3.scaleLog().domain([lowX, highX]).range([52, width - 10]), y = d3.scaleLog().domain([lowY, highY]).range([height - 42, 8]);
    const svg = holder.append("svg").attr("width", width).attr("height", height).attr("role", "group").attr("aria-label", "Roofline of the layers");
    svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height - 42})`).call(d3.axisBottom(x).ticks(5, "~s"));
    svg.append("g").attr("class", "axis").attr("transform", "translate(52,0)").call(d3.axisLeft(y).ticks(5, "~s"));
    svg.append("text").attr("class", "dim").attr("x", (width + 42) / 2).attr("y", height - 8).attr("text-anchor", "middle").text("MACs per byte of DRAM traffic");
    svg.append("text").attr("class", "dim").attr("transform", `translate(13,${(height - 30) / 2})rotate(-90)`).attr("text-anchor", "middle").text("MACs per cycle");
    svg.append("clipPath").attr("id", "roof-clip").append("rect").attr("x", 52).attr("y", 0).attr("width", width - 62).attr("height", height - 42);
    const inside = svg.append("g").attr("clip-path", "url(#roof-clip)");
    for (const [name, rate] of slopes) {
      inside.append("line").attr("x1", x(lowX)).attr("y1", y(lowX * rate)).attr("x2", x((lut + dsp) / rate)).attr("y2", y(lut + dsp)).attr("stroke", colour("weights")).attr("stroke-width", 1.5);
    }
    for (const [name, rate] of roofs) {
      const from = Math.max(lowX, rate / slopes[0][1]);
      inside.append("line").attr("x1", x(from)).attr("x2", x(highX)).attr("y1", y(rate)).attr("y2", y(rate)).attr("stroke", colour("compute")).attr("stroke-width", 1.5);
      inside.append("text").attr("class", "dim").attr("x", width - 14).attr("y", y(rate) - 4).attr("text-anchor", "end").text(name);
    }
    for (const [i, [name, rate]] of slopes.entries())
      inside.append("text").attr("class", "dim").attr("x", 60).attr("y", 20 + 15 * i).text(`${name}: ${rate.toFixed(1)} bytes a cycle`);
    const dots = inside.append("g").selectAll("g").data(points).join("g").attr("class", "row").classed("on", d => d.index === state.layer)
      .attr("transform", d => `translate(${x(d.x)},${y(d.y)})`).attr("aria-label", d => d.name);
    dots.append("circle").attr("class", "back").attr("r", 9);
    dots.append("circle").attr("r", d => d.index === state.layer ? 6 : 4.5).attr("fill", colour("accent")).attr("stroke", colour("card"));
    withTip(clickable(dots, d => pick(d.index)), d => `${d.name}\n${d.y.toFixed(0)} MACs a cycle, ${d.x.toFixed(1)} MACs a byte\nbound by ${d.bound}`);
  };
  watch(render);
  onResize(render);
}

function memory() {
  const part = section("memory", "DRAM rows", "Of the rows that requests touched: open already (hit), bank closed (miss), another row open (conflict). Whole run.");
  legend(part, [[colour("compute"), "hit"], [colour("weights"), "miss"], [colour("cpu"), "conflict"]]);
  const holder = part.append("div");
  const render = () => {
    holder.selectAll("*").remove();
    const d = run().report.dram, rows = [{ name: "all", ...d }, ...d.masters], width = Math.max(260, holder.node().clientWidth);
    const row = 26, height = row * rows.length + 24, x = d3.scaleLinear().domain([0, 1]).range([130, width - 14]);
    const svg = holder.append("svg").attr("width", width).attr("height", height).attr("role", "img").attr("aria-label", "DRAM row hits, misses and conflicts per master");
    svg.append("g").attr("class", "axis").attr("transform", "translate(0,20)").call(d3.axisTop(x).ticks(5, ".0%"));
    const groups = svg.selectAll("g.master").data(rows).join("g").attr("class", "master").attr("transform", (r, i) => `translate(0,${22 + row * i})`);
    groups.append("text").attr("x", 124).attr("y", 17).attr("text-anchor", "end").text(r => r.name);
    groups.each(function (r) {
      const all = r.row_hits + r.row_misses + r.row_conflicts;
      if (!all) return d3.select(this).append("text").attr("class", "dim").attr("x", x(0) + 4).attr("y", 17).text("no rows");
      let at = 0;
      for (const [key, fill] of [["row_hits", "compute"], ["row_misses", "weights"], ["row_conflicts", "cpu"]]) {
        d3.select(this).append("rect").attr("x", x(at)).attr("y", 4).attr("height", row - 9).attr("width", Math.max(0, x(at + r[key] / all) - x(at))).attr("fill", colour(fill));
        at += r[key] / all;
      }
    });
    withTip(groups, r => `${r.name}: ${number(r.row_hits)} hits, ${number(r.row_misses)} misses, ${number(r.row_conflicts)} conflicts`);
    const busy = d.busy_share > 0 ? `; data bus busy ${percent(d.busy_share, 1)} of the run` : "";
    holder.append("p").attr("class", "note").text(`${d.preset}: ${number(d.refreshes)} refreshes, ${number(d.turnarounds)} turnarounds${busy}`);
  };
  let drawn = -1;
  watch(() => { if (drawn !== state.run) { drawn = state.run; render(); } });
  onResize(render);
}
