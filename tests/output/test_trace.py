"""trace.json: valid for Perfetto, and its slices add up to what the report says."""
import gzip
import json
import re
import unittest

import trace_format
from runs import QUICKSTART, ROOT, Run

UNITS = ["fetch", "load_act", "load_res", "load_wgt", "exec", "post", "store"]


class Trace(Run):
    def slices(self, *sets, out="o", **more):
        self.run_quickstart("trace.perfetto=true", *sets, out=out, **more)
        return trace_format.check(self.trace(out))

    def test_the_trace_is_valid_and_every_unit_has_a_track(self):
        slices, arrows = self.slices()
        tracks = {s["track"] for s in slices}
        wanted = {("network", "layers"), ("soc.cpu", "cpu")}
        wanted |= {(core, part) for core in ("LUT core", "DSP core") for part in ("load", "execute", "store")}
        self.assertLessEqual(wanted, tracks)
        self.assertEqual({t[1].split(": ")[-1] for t in tracks if t[0] == "soc.accelerator"}, set(UNITS))
        self.assertEqual({t[1] for t in tracks if t[0] == "soc.dram"}, {f"bank {b}" for b in range(8)})
        counters = {e["name"] for e in self.trace()["traceEvents"] if e["ph"] == "C"}
        self.assertEqual(counters, {"DRAM bandwidth (MB/s)", "buffer fill (KiB)", "accumulator halves in use",
                                    "array utilisation (%)"})
        self.assertGreater(len(arrows), 100)

    def test_slices_add_up_to_the_cycles_of_the_report(self):
        slices, _ = self.slices()
        report = self.report()
        for image in report["inputs"]:
            parts = [s for s in slices if s["track"][1] == "layers" and s["args"]["image"] == image["index"]]
            whole, = [s for s in parts if not s["path"]]
            inner = [s for s in parts if s["path"]]
            self.assertEqual(whole["args"]["cycles"], image["cycles"])
            self.assertEqual(sum(s["args"]["cycles"] for s in inner), image["cycles"])
            self.assertAlmostEqual(sum(s["dur"] for s in inner), whole["dur"], places=2)
        first = {s["name"]: s["args"] for s in slices if s["track"][1] == "layers" and s["path"] == ["image 0"]}
        for layer in report["layers"]:
            self.assertEqual(first[layer["name"]]["cycles"], layer["cycles"])
            self.assertEqual(first[layer["name"]]["end_cycle"], layer["end_cycle"])
            self.assertEqual(first[layer["name"]]["predicted_cycles"], layer["predicted_cycles"])
            self.assertEqual(sum(layer["causes"].values()), layer["cycles"])

    def test_each_unit_s_tiles_are_those_of_the_latency_table(self):
        slices, _ = self.slices()
        rows = self.latency()
        for unit in UNITS:
            tiles = [s for s in slices if s["track"][0] == "soc.accelerator" and s["track"][1].endswith(unit) and s["path"]]
            wanted = [(r["image"], r["layer"], r["tile"], r["start_cycle"], r["end_cycle"] - r["start_cycle"], r["bytes"])
                      for r in rows if r["unit"] == unit]
            got = [(s["args"]["image"], s["path"][0], s["args"]["tile"], s["args"]["start_cycle"], s["args"]["cycles"],
                    s["args"]["bytes"]) for s in tiles]
            self.assertEqual(sorted(got), sorted(wanted), unit)
            period = self.trace()["otherData"]["period_ps"] * 1e-6
            for s in tiles:
                self.assertAlmostEqual(s["ts"], s["args"]["start_cycle"] * period, delta=0.001)
                self.assertRegex(s["args"]["shape"], r"^\d+ channels x \d+ x \d+ from ")
                self.assertRegex(s["args"]["split"], r"^\d+ LUT \+ \d+ DSP$")

    def test_the_cores_shares_of_a_load_and_of_a_store_follow_each_other(self):
        slices, _ = self.slices("schedule.lut_share=0.5", "check.min_top1=0")
        seen = 0
        for part, unit in (("load", "load_wgt"), ("store", "store")):
            by = {}
            for s in slices:
                if s["path"] and s["track"][1] == part and s["track"][0] in ("LUT core", "DSP core"):
                    by.setdefault((s["args"]["image"], s["path"][0], s["args"]["tile"]), {})[s["track"][0]] = s
            for cores in by.values():
                if len(cores) < 2:
                    continue
                lut, dsp = cores["LUT core"], cores["DSP core"]
                seen += 1
                self.assertAlmostEqual(lut["ts"] + lut["dur"], dsp["ts"], places=2)
                whole = [s for s in slices if s["track"][1].endswith(unit) and s["track"][0] == "soc.accelerator"
                         and s["args"].get("start_cycle") == lut["args"]["start_cycle"] and s["path"]]
                self.assertGreaterEqual(round(whole[0]["ts"] + whole[0]["dur"] - dsp["ts"] - dsp["dur"], 3), 0)
        self.assertGreater(seen, 20)

    def test_arrows_lead_from_load_to_exec_to_store_of_a_tile(self):
        _, arrows = self.slices(images=1)
        whole = 0
        for points in arrows.values():
            units = [(p[1], p[3]) for p in sorted(points, key=lambda p: (p[0], "stf".index(p[1])))]
            if [u[0] for u in units] == ["s", "t", "f"]:
                whole += 1
                self.assertEqual(units[1][1]["args"]["tile"], units[2][1]["args"]["tile"])
                times = [u[1]["args"]["start_cycle"] for u in units]
                self.assertEqual(times, sorted(times))
        self.assertGreater(whole, 20)

    def test_gzip_holds_the_same_bytes_and_no_date(self):
        self.run_quickstart("trace.perfetto=true", images=1, out="plain")
        for out in ("a", "b"):
            self.run_quickstart("trace.perfetto=true", "trace.gzip=true", images=1, out=out)
        packed = self.path("trace.json.gz", "a").read_bytes()
        self.assertEqual(packed, self.path("trace.json.gz", "b").read_bytes())
        self.assertEqual(packed[4:8], bytes(4), "gzip's date")
        self.assertEqual(gzip.decompress(packed), self.path("trace.json", "plain").read_bytes())
        self.assertNotIn("trace.json", self.names("a"))

    def test_a_layer_filter_a_window_and_a_signal_filter_show_less(self):
        slices, _ = self.slices('trace.layers=["block*"]', images=1)
        tiles = {s["path"][0] for s in slices if s["track"][0] == "soc.accelerator" and s["path"]}
        self.assertTrue(tiles and all(name.startswith("block") for name in tiles), tiles)
        slices, _ = self.slices("trace.from_cycle=8000", "trace.to_cycle=9000", images=1, out="w")
        for s in slices:
            if s["path"] and "start_cycle" in s["args"] and s["track"][0] == "soc.accelerator":
                self.assertLessEqual(s["args"]["start_cycle"], 9000)
                self.assertGreaterEqual(s["args"]["start_cycle"] + s["args"]["cycles"], 8000)
        slices, _ = self.slices('trace.signals=["exec"]', images=1, out="s")
        self.assertEqual({s["track"][1] for s in slices}, {"layers", "exec"})

    def test_a_long_run_s_trace_stays_below_its_bound(self):
        slices, _ = self.slices("trace.max_mib=1", images=20)
        self.assertLess(self.path("trace.json").stat().st_size, 1 << 20)
        stride = self.trace()["otherData"]["tile_stride"]
        self.assertGreater(stride, 1)
        tiles = {s["args"]["tile"] for s in slices if s["track"][0] == "soc.accelerator" and s["path"]}
        self.assertEqual({t % stride for t in tiles}, {0})
        layers = [s for s in slices if s["track"][1] == "layers" and s["path"]]
        self.assertEqual(len(layers), 20 * (len(self.report()["layers"]) + 1), "layers are never left out")

    def test_the_rtl_s_trace_and_register_log_are_those_of_the_transaction_level(self):
        for model in ("tlm", "rtl"):
            self.run_small(model, "trace.perfetto=true", "debug.registers=true", out=model)
        for name in ("trace.json", "registers.log"):
            self.assertEqual(*(self.path(name, o).read_bytes() for o in ("tlm", "rtl")))
        for key in ("layers", "totals", "inputs", "dram"):
            self.assertEqual(self.report("tlm")[key], self.report("rtl")[key], key)
        self.assertEqual(*(sorted(self.path("latency.csv", o).read_text().splitlines()) for o in ("tlm", "rtl")))

    def test_the_check_of_the_format_catches_what_is_wrong(self):
        self.run_quickstart("trace.perfetto=true", images=1)
        text = self.path("trace.json").read_text()
        first_end = text.index('{"ph":"E"')
        for broken in (text.replace('"ph":"E"', '"ph":"X"', 1), text[:first_end] + text[text.index("\n", first_end) + 1:],
                       text.replace('"ph":"s"', '"ph":"t"', 1), re.sub(r'"ts":[0-9.]+', '"ts":9e9', text, count=1)):
            with self.assertRaises(AssertionError):
                trace_format.check(json.loads(broken))


if __name__ == "__main__":
    unittest.main()
