// Layers and tiles on the units over time: a canvas with zoom by wheel (focused or with Ctrl), drag, buttons and keys.
function gantt() {
  const part = section("gantt", "Where the time went: layers and tiles", "First image. Zoom: + − or Ctrl + wheel; move: drag or ← →; 0 shows everything. A click on a tile selects its layer.", true);
  const controls = part.append("div").attr("class", "controls").attr("role", "group").attr("aria-label", "Zoom");
  const canvas = part.append("canvas").attr("tabindex", 0).attr("role", "img").attr("aria-label", "Timeline of layers and tiles on each unit").attr("id", "gantt-canvas");
  const note = part.append("p").attr("class", "note");
  const units = () => run().tiles.units;
  const ROW = 24, TOP = 24, LEFT = 76;
  const context = canvas.node().getContext("2d");
  let transform = d3.zoomIdentity, width = 0, boxes = [], drawnRun = -1, drawnLayer = -1;

  const span = () => {
    const t = run().tiles;
    return [t.from, Math.max(t.from + 1, t.to)];
  };
  const base = () => d3.scaleLinear().domain(span()).range([LEFT, width - 8]);
  const zoom = d3.zoom().scaleExtent([1, 20000])
    .filter(event => event.type !== "wheel" ? !event.button : event.ctrlKey || document.activeElement === canvas.node())
    .on("zoom", event => { transform = event.transform; draw(); });
  canvas.call(zoom).on("dblclick.zoom", null);
  const zoomBy = factor => canvas.call(zoom.scaleBy, factor);
  const move = share => canvas.call(zoom.translateBy, share * (width - LEFT) / transform.k, 0);
  const fit = () => canvas.call(zoom.transform, d3.zoomIdentity);
  const focus = (from, to) => {
    const x = base(), room = (to - from) * 0.05;
    const k = Math.min(20000, (width - 8 - LEFT) / Math.max(1e-6, x(to + room) - x(from - room)));
    canvas.call(zoom.transform, d3.zoomIdentity.translate(LEFT - k * x(from - room), 0).scale(k));
  };
  for (const [text, label, act] of [["+", "Zoom in", () => zoomBy(2)], ["−", "Zoom out", () => zoomBy(0.5)], ["all", "Show everything", fit],
    ["selected layer", "Zoom to the selected layer", () => { const l = layers()[state.layer]; if (l) focus(l.start_cycle, l.end_cycle); }]])
    controls.append("button").attr("type", "button").attr("aria-label", label).text(text).on("click", act);
  const range = controls.append("span").attr("id", "gantt-range");
  canvas.on("keydown", event => {
    const act = { "+": () => zoomBy(2), "=": () => zoomBy(2), "-": () => zoomBy(0.5), "0": fit, ArrowLeft: () => move(0.2), ArrowRight: () => move(-0.2) }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  const palette = layer => d3.interpolateRainbow((layer * 0.381966) % 1);
  function draw() {
    const t = run().tiles, height = TOP + ROW * (units().length + 1) + 4, ratio = devicePixelRatio || 1;
    width = canvas.node().clientWidth;
    canvas.attr("width", width * ratio).attr("height", height * ratio).style("height", height + "px");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(document.documentElement), text = style.getPropertyValue("--text"), dim = style.getPropertyValue("--dim"), line = style.getPropertyValue("--line");
    context.clearRect(0, 0, width, height);
    context.font = "12px system-ui, 'DejaVu Sans', sans-serif";
    context.textBaseline = "middle";
    const x = transform.rescaleX(base()), [low, high] = x.domain();
    context.fillStyle = dim;
    context.textAlign = "center";
    for (const tick of x.ticks(Math.max(2, Math.floor(width / 130)))) {
      const at = x(tick);
      if (at < LEFT) continue;
      context.strokeStyle = line;
      context.beginPath(); context.moveTo(at, TOP - 5); context.lineTo(at, height); context.stroke();
      const text = number(tick), half = context.measureText(text).width / 2;
      if (at + half <= width) context.fillText(text, at, 9);
    }
    context.save();
    context.beginPath(); context.rect(LEFT, TOP, width - LEFT, height - TOP); context.clip();
    boxes = [];
    const box = (row, layer, from, to, label, what) => {
      if (to < low || from > high) return;
      const a = Math.max(LEFT - 1, x(from)), b = Math.min(width + 1, Math.max(x(to), x(from) + 0.6));
      context.globalAlpha = state.layer >= 0 && layer !== state.layer ? 0.18 : shown(layers()[layer]) ? 1 : 0.18;
      context.fillStyle = palette(layer);
      context.fillRect(a, TOP + ROW * row + 3, b - a, ROW - 6);
      if (b - a > 4) { context.strokeStyle = style.getPropertyValue("--card"); context.strokeRect(a + 0.5, TOP + ROW * row + 3.5, b - a - 1, ROW - 7); }
      if (b - a > 34) {
        context.fillStyle = d3.hcl(palette(layer)).l < 52 ? "#fff" : "#111"; context.textAlign = "left";
        context.save(); context.beginPath(); context.rect(a + 2, TOP + ROW * row, b - a - 4, ROW); context.clip();
        context.fillText(label, a + 4, TOP + ROW * row + ROW / 2); context.restore();
      }
      boxes.push({ row, layer, a, b, what });
    };
    for (const [i, l] of layers().entries())
      box(0, i, l.end_cycle - l.cycles, l.end_cycle, l.name, () => `${l.name}: cycles ${number(l.end_cycle - l.cycles)} to ${number(l.end_cycle)} (${number(l.cycles)}), ${l.tiles} tiles`);
    for (let i = 0; i < t.unit.length; ++i)
      box(1 + t.unit[i], t.layer[i], t.start[i], t.end[i], t.tile[i],
        () => `${layers()[t.layer[i]].name}, tile ${t.tile[i]}, ${units()[t.unit[i]]}\ncycles ${number(t.start[i])} to ${number(t.end[i])} (${number(t.end[i] - t.start[i])})\nwaited ${number(t.stall[i])} before${t.bytes[i] ? `, ${number(t.bytes[i])} bytes` : ""}`);
    context.restore();
    context.globalAlpha = 1;
    context.fillStyle = text; context.textAlign = "right";
    for (const [row, name] of ["layers", ...units()].entries()) context.fillText(name, LEFT - 8, TOP + ROW * row + ROW / 2);
    range.text(`cycles ${number(Math.round(low))} to ${number(Math.round(high))}`);
    canvas.attr("data-boxes", boxes.length);
    note.text(t.stride > 1 ? `Every ${t.stride}th tile is drawn.` : "");
  }
  const under = event => {
    const [px, py] = d3.pointer(event, canvas.node()), row = Math.floor((py - TOP) / ROW);
    return boxes.findLast(d => d.row === row && px >= d.a - 1 && px <= d.b + 1);
  };
  canvas.on("mousemove.tip", event => { const found = under(event); if (found) showTip(event, found.what()); else hideTip(); })
    .on("mouseleave.tip", hideTip)
    .on("click.pick", event => { const found = under(event); if (found && !event.defaultPrevented) choose({ layer: found.layer }); });
  watch(() => {
    if (drawnRun !== state.run) { drawnRun = state.run; fit(); }
    if (drawnLayer >= 0 && state.layer < 0) fit();
    drawnLayer = state.layer;
    draw();
  });
  onResize(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
