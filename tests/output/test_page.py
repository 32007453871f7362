"""report.html in a headless Chromium: it loads without an error or a request, draws its charts, and a click filters."""
import hashlib
import json
import random
import re
import unittest

import browser
from runs import QUICKSTART, ROOT, Run

# Elements that reach out of the window's width and are not inside something that scrolls.
CLIPPED = """[...document.querySelectorAll('body *')].filter(e => {
    const b = e.getBoundingClientRect();
    return b.width > 0 && b.right > innerWidth + 1 && !e.closest('.scroll');
}).map(e => e.tagName + ' ' + (e.id || e.textContent.slice(0, 30)) + ' ' + Math.round(e.getBoundingClientRect().right))"""
# Texts of charts that leave their chart.
CUT = """[...document.querySelectorAll('svg text')].filter(t => {
    const b = t.getBoundingClientRect(), s = t.ownerSVGElement.getBoundingClientRect();
    return b.width > 0 && (b.left < s.left - 2 || b.right > s.right + 2 || b.top < s.top - 3 || b.bottom > s.bottom + 3);
}).map(t => t.closest('section').id + ': ' + t.textContent)"""
# Labels of rows that lie upon each other.
OVERLAPPING = """(() => { const found = [];
    for (const svg of document.querySelectorAll('#causes svg, #balance svg, #prediction svg, #graph svg')) {
        const boxes = [...svg.querySelectorAll('g.row')].map(g => g.querySelector('text')).filter(Boolean).map(t => t.getBoundingClientRect());
        for (let i = 1; i < boxes.length; ++i) if (boxes[i].top < boxes[i - 1].bottom - 4) found.push(svg.getAttribute('aria-label'));
    }
    return found; })()"""


class Page(Run):
    def setUp(self):
        super().setUp()
        if not browser.PROGRAM:
            self.skipTest("no Chromium (package chromium)")

    def open(self, path, **options):
        page = browser.Browser(**options)
        self.addCleanup(page.close)
        page.open(path)
        self.assertEqual(page.problems, [])
        self.assertEqual(page.js("document.body.dataset.drawn"), "true")
        self.assertEqual([u for u in page.requests if not u.startswith(("file:", "data:", "about:"))], [])
        return page

    def check_layout(self, page):
        for script in (CLIPPED, CUT, OVERLAPPING):
            self.assertEqual(page.js(script), [])

    def test_the_page_loads_alone_and_draws_every_chart(self):
        self.run_quickstart(images=20)
        page = self.open(self.path("report.html"))
        sections = page.js("[...document.querySelectorAll('section')].map(s => s.id)")
        self.assertEqual(sections, ["summary", "gantt", "causes", "layers", "roofline", "memory", "graph", "balance",
                                    "prediction", "confusion", "images"])
        for chart in ("causes", "balance", "prediction", "roofline", "memory", "confusion"):
            self.assertGreater(page.js(f"document.querySelectorAll('#{chart} svg rect, #{chart} svg circle').length"), 3, chart)
        self.assertGreater(page.js("+document.getElementById('gantt-canvas').dataset.boxes"), 150)
        painted = page.js("""(() => { const c = document.getElementById('gantt-canvas');
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, seen = new Set();
            for (let i = 0; i < d.length; i += 4) seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]);
            return seen.size; })()""")
        self.assertGreater(painted, 20, "colours on the timeline")
        report = self.report()
        self.assertEqual(page.js("document.querySelectorAll('#layer-table tbody tr').length"), len(report["layers"]))
        self.assertEqual(page.js("document.querySelectorAll('#images figure').length"), 20)
        self.assertEqual(page.js("document.getElementById('command').textContent"), report["command"])
        self.assertRegex(report["command"], r"^msd run \S*quickstart.toml --set network.images=20$")
        self.check_layout(page)

    def test_clicks_and_keys_select_filter_and_sort(self):
        self.run_quickstart(images=20)
        page = self.open(self.path("report.html"))
        rows = "[...document.querySelectorAll('#layer-table tbody tr')].map(r => r.children[0].textContent)"
        kinds = {layer["kind"] for layer in self.report()["layers"]}
        everything = page.js(rows)
        self.assertIn("depthwise", kinds)
        page.js("[...document.querySelectorAll('#layers .controls button')].find(b => b.textContent === 'depthwise').click()")
        self.assertEqual(page.js(rows), [layer["name"] for layer in self.report()["layers"] if layer["kind"] == "depthwise"])
        self.assertEqual(page.js("document.querySelectorAll('#causes g.row').length"), len(page.js(rows)))
        page.key("Escape", 27)
        self.assertEqual(page.js(rows), everything)
        # Sorting: by cycles, most first, then least first.
        sort = "[...document.querySelectorAll('#layer-table th button')].find(b => b.textContent === 'cycles').click()"
        page.js(sort)
        cycles = {layer["name"]: layer["cycles"] for layer in self.report()["layers"]}
        falling = [cycles[name] for name in page.js(rows)]
        self.assertEqual(falling, sorted(cycles.values(), reverse=True))
        page.js(sort)
        self.assertEqual([cycles[name] for name in page.js(rows)], falling[::-1])
        # A row selects its layer everywhere, by mouse and by keyboard.
        page.js("document.querySelector('#layer-table tbody tr').click()")
        selected = "document.querySelectorAll('#layer-table tr[aria-selected=true], #causes g.row.on, #graph g.row.on').length"
        self.assertGreaterEqual(page.js(selected), 3)
        page.key("Escape", 27)
        self.assertEqual(page.js(selected), 0)
        page.js("document.querySelectorAll('#layer-table tbody tr')[2].focus()")
        page.key("Enter", 13, "\r")
        self.assertGreaterEqual(page.js(selected), 3)
        page.key("ArrowDown", 40)
        self.assertEqual(page.js("[...document.querySelectorAll('#layer-table tbody tr')].indexOf(document.activeElement)"), 3)
        # Zoom of the timeline by keys.
        page.key("Escape", 27)
        whole = page.js("document.getElementById('gantt-range').textContent")
        page.js("document.getElementById('gantt-canvas').focus()")
        page.key("+", 187, "+")
        self.assertNotEqual(page.js("document.getElementById('gantt-range').textContent"), whole)
        page.key("0", 48, "0")
        self.assertEqual(page.js("document.getElementById('gantt-range').textContent"), whole)
        # A cell of the confusion matrix shows its images.
        count = page.js("""(() => { const cell = document.querySelector('#confusion g.row'); const count = +cell.querySelector('text').textContent;
            cell.dispatchEvent(new MouseEvent('click'));
            return count; })()""")
        self.assertEqual(page.js("document.querySelectorAll('#images figure').length"), count)
        self.assertEqual(page.problems, [])

    def test_nothing_is_clipped_at_55_layers_narrow_or_wide_light_or_dark(self):
        model = self.need("msd/models/mobilenetv2.csv")
        self.run_scenario(ROOT / "scenarios/mobilenetv2_ultra96.toml", f"network.file={model}")
        self.assertGreaterEqual(len(self.report()["layers"]), 53)
        page = self.open(self.path("report.html"), width=1600)
        for width in (1600, 1000, 480):
            page.resize(width, 900)
            page.js("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            self.check_layout(page)
        light = page.js("getComputedStyle(document.body).backgroundColor")
        page.dark(True)
        self.assertNotEqual(page.js("getComputedStyle(document.body).backgroundColor"), light)
        contrast = """(() => { const lum = c => { const [r, g, b] = c.match(/[0-9.]+/g).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
            const a = lum(getComputedStyle(document.querySelector('p.note')).color), b = lum(getComputedStyle(document.querySelector('section')).backgroundColor);
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); })()"""
        self.assertGreater(page.js(contrast), 4.5, "the faintest text, dark")
        page.dark(False)
        self.assertGreater(page.js(contrast), 4.5, "the faintest text, light")

    def test_the_page_of_a_run_that_was_stopped_shows_what_there_is(self):
        self.run_quickstart("debug.stop_cycle=6500", images=2)  # no layer is complete
        self.open(self.path("report.html"))
        self.run_quickstart("debug.stop_layer=block1.conv1", images=2)
        page = self.open(self.path("report.html"))
        self.assertIn(self.report()["stopped"]["message"], page.js("document.getElementById('summary').textContent"))
        page.js("document.querySelector('#causes .controls button').click()")  # as shares
        page.js("document.querySelector('#layer-table tbody tr:last-child').click()")  # a layer that was not reached
        self.assertEqual(page.problems, [])
        self.assertNotRegex(page.js("document.getElementById('main').textContent"), "NaN|Infinity|undefined")
        self.check_layout(page)

    def test_it_prints_on_a4_with_nothing_clipped(self):
        model = self.need("msd/models/mobilenetv2.csv")
        self.run_scenario(ROOT / "scenarios/mobilenetv2_ultra96.toml", f"network.file={model}")
        page = self.open(self.path("report.html"), width=1400, dark=True)
        page.print_media()
        page.resize(round((297 - 20) / 25.4 * 96), 700)  # what A4 leaves between its margins
        page.js("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.check_layout(page)
        self.assertEqual(page.js(CLIPPED.replace("&& !e.closest('.scroll')", "")), [], "tables do not scroll on paper")
        self.assertEqual(page.js("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
        self.assertEqual(page.js("[...document.querySelectorAll('nav, .controls')].filter(e => e.getBoundingClientRect().height > 0).length"), 0)
        pdf = page.pdf()
        self.assertTrue(pdf.startswith(b"%PDF-"))
        self.assertIn(len(re.findall(rb"/Type\s*/Page\b", pdf)), range(5, 16))

    def test_tlm_and_rtl_are_set_side_by_side_where_both_ran(self):
        self.run_small("both")
        report = self.report()
        rtl, layers = report["rtl"], report["rtl"]["layers"]
        self.assertEqual([(l["name"], l["tlm_cycles"]) for l in layers], [(l["name"], l["cycles"]) for l in report["layers"]])
        self.assertEqual([l["tlm_cycles"] for l in layers], [l["rtl_cycles"] for l in layers])
        self.assertEqual((rtl["differences"], rtl["tlm_cycles"]), (0, rtl["rtl_cycles"]))
        for change, text in (({}, f"No difference in {rtl['events']:,} events"),
                             ({"differences": 1, "difference": "cycle 812: dma_s"}, "cycle 812: dma_s")):
            layers[2]["rtl_cycles"] = None if change else layers[2]["tlm_cycles"]
            self.path("report.json").write_text(json.dumps({**report, "rtl": {**rtl, **change}}))
            self.assertEqual(self.msd("report", "o", "-o", "page.html").returncode, 0)
            page = self.open(self.folder / "page.html")
            self.assertIn(text, page.js("document.querySelector('#rtl p:not(.note)').textContent"))
            self.assertEqual(page.js("document.querySelectorAll('#rtl tbody tr').length"), len(layers) + 1)
            self.assertEqual("not reached" in page.js("document.getElementById('rtl').textContent"), bool(change))
            self.check_layout(page)
        self.path("report.json").write_text(json.dumps({**report, "rtl": {**rtl, "layers": [{"name": 5}]}}))
        done = self.msd("report", "o", "-o", "p.html")
        self.assertEqual(done.returncode, 2)
        self.assertIn("rtl.layers[].name", done.stderr)

    def test_several_runs_are_set_side_by_side(self):
        for share in (0, 1):
            self.run_quickstart(f"schedule.lut_share={share}", "check.min_top1=0", images=2, out=f"share{share}")
        done = self.msd("report", "share0", "share1/report.json", "-o", "both.html")
        self.assertEqual(done.returncode, 0, done.stderr)
        page = self.open(self.folder / "both.html")
        self.assertGreater(page.js("document.querySelectorAll('#compare-chart rect').length"), 10)
        first = page.js("document.getElementById('command').textContent")
        page.js("document.querySelectorAll('#summary button')[1].click()")
        self.assertNotEqual(page.js("document.getElementById('command').textContent"), first)
        self.assertEqual(page.problems, [])
        self.check_layout(page)

    def test_the_page_of_msd_report_shows_what_msd_run_wrote(self):
        self.run_quickstart(images=3)
        self.assertEqual(self.msd("report", "o", "-o", "page.html").returncode, 0)
        data = [json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', p.read_text(), re.S)[1])
                for p in (self.path("report.html"), self.folder / "page.html")]
        for run in data:
            run["runs"][0].pop("label")
        self.assertEqual(*data)

    def test_names_cannot_break_out_of_the_page(self):
        self.run_quickstart(images=1)
        report = self.report()
        name = "</script><img src=x onerror=alert(1)>"
        text = self.path("latency.csv").read_text().replace(f",{report['layers'][0]['name']},", f",{name},")
        report["layers"][0]["name"] = report["scenario"] = report["command"] = name
        self.path("report.json").write_text(json.dumps(report))
        self.path("latency.csv").write_text(text)
        self.assertEqual(self.msd("report", "o", "-o", "page.html").returncode, 0)
        page = self.open(self.folder / "page.html")
        self.assertEqual(page.js("document.querySelectorAll('img').length"), 0)
        self.assertEqual(page.js("document.querySelector('#layer-table td').textContent"), name)


class Files(Run):
    def test_the_plotting_library_is_the_pinned_one(self):
        folder = ROOT / "platform/report/d3"
        text = (folder / "README.md").read_text()
        library = (folder / "d3.min.js").read_bytes()
        self.assertIn(hashlib.sha256(library).hexdigest(), text)
        self.assertLess(len(library), 1_500_000)
        self.assertIn("Permission to use, copy, modify", (folder / "LICENSE").read_text())
        self.assertIn(re.search(rb"// https://d3js.org v([0-9.]+)", library)[1].decode(), text)

    def test_the_page_names_nothing_outside_itself(self):
        self.run_quickstart(images=1)
        text = self.path("report.html").read_text()
        self.assertEqual(re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:)[^"]*"', text), [])
        self.assertLess(len(text), 2_000_000)

    def test_a_report_that_is_none_is_refused_with_its_file(self):
        self.refused(["nowhere", "report.json"], "report", "nowhere", "-o", "p.html")
        self.run_quickstart(images=1, out="good")
        good = self.report("good")
        bad = self.folder / "bad"
        bad.mkdir()
        (bad / "latency.csv").write_text(self.path("latency.csv", "good").read_text())
        for text, word in (("", "report.json"), ("[1,2]", "report.json"), ("{}", "report.json"),
                           (json.dumps({**good, "layers": []}), "layers"),
                           (json.dumps({**good, "limits": {}}), "limits."),
                           (json.dumps({**good, "inputs": [{"index": 0}]}), "inputs[]")):
            (bad / "report.json").write_text(text)
            self.refused([str(bad / "report.json") if word == "report.json" else word], "report", bad, "-o", "p.html")
            self.assertFalse((self.folder / "p.html").exists())
        (bad / "report.json").write_text(json.dumps(good))
        lines = self.path("latency.csv", "good").read_text().splitlines()
        for number, line in ((1, "image,layer"), (3, "0,stem,x,exec,1,2,3,4"), (4, "0,stem,0,exec,9,2,3,4"), (5, "0,nobody,0,exec,1,2,3,4"),
                             (6, "0,stem,0,nothing,1,2,3,4"), (2, "0,1")):
            changed = lines[:number - 1] + [line] + lines[number:]
            (bad / "latency.csv").write_text("\n".join(changed) + "\n")
            self.refused([f"latency.csv:{number}:"], "report", bad, "-o", "p.html")

    def test_damaged_reports_are_refused_or_shown_but_never_crash(self):
        self.run_quickstart(images=1)
        draw = random.Random(7)
        texts = {name: self.path(name).read_bytes() for name in ("report.json", "latency.csv")}
        refused = 0
        for _ in range(60):
            name = draw.choice(list(texts))
            data = bytearray(texts[name])
            for _ in range(draw.randrange(1, 4)):
                at = draw.randrange(len(data))
                if draw.random() < 0.5:
                    data[at] = draw.randrange(256)
                else:
                    del data[at:at + draw.randrange(1, 200)]
            self.path(name).write_bytes(data)
            done = self.msd("report", "o", "-o", "p.html")
            self.assertIn(done.returncode, (0, 2), done.stderr)
            refused += done.returncode == 2
            self.path(name).write_bytes(texts[name])
        self.assertGreater(refused, 20)


if __name__ == "__main__":
    unittest.main()
