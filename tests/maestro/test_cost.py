"""`msd cost` from outside: outputs, exit statuses, messages, benchmark."""
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MSD = os.environ.get("MSD_PROGRAM", str(ROOT / "build/release/platform/cli/msd"))
DATA = pathlib.Path(os.environ.get("MSD_DATA", ROOT / "../shared/data")).resolve()
SKIPPED = 77

MAPPING = """Network n {
  Layer a {
    Type: CONV
    Dimensions { K: 8, C: 4, R: 3, S: 3, Y: 20, X: 20 }
    Dataflow { TemporalMap(1,1) K; TemporalMap(1,1) C; TemporalMap(Sz(R),1) Y; SpatialMap(Sz(S),1) X;
               TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S; }
  }
  Layer b { Type: POOL Dimensions { C: 8 } }
}
"""
HARDWARE = "num_pes: 16\nnoc_bw_cstr: 100\noffchip_bw_cstr: 10\n"


class Cost(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="msd_cost_"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "mapping.m").write_text(MAPPING)
        (self.folder / "hw.m").write_text(HARDWARE)

    def msd(self, *arguments, status=0):
        done = subprocess.run([MSD, *map(str, arguments)], cwd=self.folder, timeout=120, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def rows(self, name):
        return list(csv.reader((self.folder / name).read_text().splitlines()))[1:]

    def data(self, name):
        if not (DATA / name).exists():
            print(f"SKIPPED: no test data {name} (set MSD_DATA)")
            sys.exit(SKIPPED)
        return DATA / name

    def test_cost_reproduces_the_originals_csv_and_writes_it_anew(self):
        want = self.data("maestro/expected/squeezenet1_0_rs__accelerator_7.csv").read_text()
        for _ in range(2):
            self.msd("cost", DATA / "maestro/mapping/squeezenet1_0_rs.m", DATA / "maestro/hw/accelerator_7.m", "--mode", "original",
                     "-o", "out.csv")
            self.assertEqual((self.folder / "out.csv").read_text(), want)

    def test_eyeriss_runs_alexnet_in_the_originals_cycles(self):
        done = self.msd("cost", ROOT / "scenarios/eyeriss_alexnet.m", ROOT / "scenarios/eyeriss.m", "--mode", "original", "-o", "out.csv")
        self.assertIn("5 layers, 21013728 cycles", done.stdout)
        self.assertEqual(sum(int(row[3]) for row in self.rows("out.csv")), 21013728)

    def test_cost_says_which_layer_has_no_cost_and_goes_on(self):
        done = self.msd("cost", "mapping.m", "hw.m", "-o", "out.csv", status=1)
        self.assertIn("mapping.m:8:19: layer b: layer type 'POOL' has no model; there are CONV", done.stderr)
        self.assertIn("1 of 2 layers have no cost", done.stdout)
        rows = self.rows("out.csv")
        self.assertEqual([len(row) for row in rows], [52, 52])
        self.assertEqual(int(rows[0][21]), 8 * 4 * 9 * 18 * 18)
        self.assertEqual(rows[1][3:], [""] * 49)

    def test_cost_refuses_unreadable_input_and_writes_nothing(self):
        (self.folder / "bad.m").write_text("Network n {\n  Layr a { }\n}\n")
        (self.folder / "badhw.m").write_text("num_pes: none\n")
        for words, arguments in [("bad.m:2:3: 'Layr' where Layer or }", ("bad.m", "hw.m")),
                                 ("badhw.m:1:10: num_pes is 'none'; it must be a whole number", ("mapping.m", "badhw.m")),
                                 ("no_such.m", ("mapping.m", "no_such.m")),
                                 ("no template is called 'k'; there are kcp_ws", ("mapping.m", "hw.m", "--template", "k")),
                                 ("give a hardware file", ("mapping.m",))]:
            done = self.msd("cost", *arguments, "-o", "out.csv", status=2)
            self.assertIn(words, done.stderr)
            self.assertFalse((self.folder / "out.csv").exists())

    def test_cost_writes_an_onnx_network_as_model_and_maps_it(self):
        onnx = self.data("onnx/resnet8_int8.onnx")
        self.msd("cost", onnx, "--write-model", "model.m")
        self.msd("cost", onnx, "hw.m", "--template", "xp_ws", "-o", "a.csv")
        self.msd("cost", "model.m", "hw.m", "--template", "xp_ws", "-o", "b.csv")
        self.assertEqual((self.folder / "a.csv").read_text().split("\n", 1)[1], (self.folder / "b.csv").read_text().split("\n", 1)[1])
        self.msd("cost", "model.m", "hw.m", "--search", "xp_ws", "--objective", "energy", "--write-mapping", "best.m", "-o", "c.csv")
        self.msd("cost", "best.m", "hw.m", "-o", "d.csv")
        self.assertEqual((self.folder / "c.csv").read_text(), (self.folder / "d.csv").read_text())
        energy = {name: sum(float(row[4]) for row in self.rows(name)) for name in ("a.csv", "c.csv")}
        self.assertLess(energy["c.csv"], 0.9 * energy["a.csv"])

    def test_cost_takes_an_energy_table(self):
        (self.folder / "energy.m").write_text("mac_nj: 1\nl1: 0 l2: 0 noc: 0 dram: 0\n")
        self.msd("cost", "mapping.m", "hw.m", "--energy", "energy.m", "-o", "out.csv", status=1)
        row = self.rows("out.csv")[0]
        self.assertEqual(float(row[4]), int(row[21]))

    def test_bench_cost_evaluates_a_hundred_thousand_layers_a_second(self):
        self.data("maestro/mapping")
        self.msd("bench", "cost", "--repeats", "2", "--json", "bench.json")
        result = json.loads((self.folder / "bench.json").read_text())
        self.assertEqual(result["name"], "cost")
        self.assertGreater(result["evaluations_per_s"], 100_000)
        self.assertEqual(result["sweep_evaluations"], 331_338 * 150)
        self.assertEqual(result["sweep_distinct"], 4800)
        self.assertLess(result["sweep_seconds"], 10)
        self.assertLess(result["peak_rss_bytes"], 500e6)


if __name__ == "__main__":
    unittest.main()
