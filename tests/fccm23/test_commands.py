"""Replays, tables, comparisons and sizes from the command line, and the message for every kind of bad input."""
import csv
import pathlib
import re
import sys
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/cli"))
from test_cli import Case  # noqa: E402

ROWS = ("Conv1, 116817, 64, 1, 3, 1, 16, 7, 7, 2, 0.5,2, memory bound\n"
        "FC, 31460, 50, 20, 32, 16, 1, 1, 1, 1, 0.2,2, memory bound\n")
TABLE = "name,ifh,ifw,fh,fw,C,K,stride,\nConv1,229,229,7,7,3,64,2,\nFC,1,1,1,1,512,1000,1,\n"


class Replay(Case):
    def files(self, rows=ROWS, table=TABLE, keys=""):
        (self.folder / "rows.csv").write_text(rows)
        (self.folder / "table.csv").write_text(table)
        return self.scenario(f"accelerator = 'fccm23'\n[device]\npreset = 'zcu102'\n{keys}")

    def test_a_published_schedule_replays_with_report_and_latency_table(self):
        scenario = self.files(keys="[schedule]\nfile = 'rows.csv'\n[network]\nfile = 'table.csv'\n")
        self.run_scenario(scenario)
        report = self.report()
        totals = report["totals"]
        self.assertEqual([layer["name"] for layer in report["layers"]], ["Conv1", "FC"])
        self.assertEqual(totals["macs"], 64 * 3 * 49 * 112 * 112 + 512 * 1000)
        # 49 tiles of 37 * 37 * 3 bytes (257 beats), 96 * 147 / 2 ... and so on, all whole beats of 16
        self.assertEqual(totals["dram_write_bytes"], 49 * 16384 + 320 * 64)
        self.assertEqual(totals["predicted_cycles_per_image"], 116817 + 31460)
        self.assertGreater(totals["cycles"], 116817)
        self.assertAlmostEqual(totals["latency_ms"], totals["cycles"] / 214e3, places=6)
        self.assertEqual(report["inputs"], [])
        self.assertIsNone(report["accuracy"])
        rows = list(csv.DictReader((self.folder / "o/latency.csv").read_text().splitlines()))
        self.assertEqual(len(rows), 4 * (49 + 320))
        self.assertEqual({r["unit"] for r in rows}, {"load_act", "load_wgt", "exec", "store"})
        for r in rows:
            self.assertLess(int(r["start_cycle"]), int(r["end_cycle"]))
        self.assertEqual((self.folder / "o/schedule.csv").read_text(), ROWS)
        first = (self.folder / "o/latency.csv").read_bytes()
        self.run_scenario(scenario)
        self.assertEqual((self.folder / "o/latency.csv").read_bytes(), first)

    def test_a_layer_table_alone_is_scheduled_as_published_and_replayed(self):
        self.run_scenario(self.files(keys="[network]\nfile = 'table.csv'\n"))
        usual = self.report()["totals"]["cycles"]
        self.run_scenario(self.files(keys="[network]\nfile = 'table.csv'\n[quant]\neffective_bits = 3\n"))
        self.assertGreater(self.report()["totals"]["cycles"], usual)
        for key, value in (("read_latency_cycles", 300), ("write_latency_cycles", 300), ("status_latency_cycles", 300),
                           ("outstanding", 1)):
            self.run_scenario(self.files(keys="[network]\nfile = 'table.csv'\n"), f"fccm23.{key}={value}")
            self.assertGreater(self.report()["totals"]["cycles"], usual, key)
        self.run_scenario(self.files(keys="[network]\nfile = 'table.csv'\n"), "dram.preset=ddr3_1050_x16")
        self.assertGreater(self.report()["totals"]["cycles"], usual)
        ultra96 = {}
        for array in ("host", "rtl"):
            self.run_scenario(self.files(keys="[network]\nfile = 'table.csv'\n"), "device.preset=ultra96",
                              f"fccm23.array={array}")
            ultra96[array] = self.report()["totals"]["cycles"]
        self.assertGreater(ultra96["rtl"], ultra96["host"])

    def test_limits_and_timeouts_of_a_replay_are_exit_statuses(self):
        scenario = self.files(keys="[network]\nfile = 'table.csv'\n")
        self.run_scenario(scenario, "check.max_cycles=10", status=1)
        done = self.run_scenario(scenario, "run.timeout_cycles=1000", out="p", status=3)
        self.assertIn("timeout after 1000 cycles: the published accelerator is in layer 1 of 2", done.stderr)
        self.assertFalse((self.folder / "p").exists())

    def test_what_means_nothing_to_a_replay_is_told(self):
        wrong = [
            ("", ["network.file", "schedule.file", "is missing"]),
            ("[network]\nfile = 'table.csv'\n[check]\noutput = 'reference'\n", ["s.toml:7:", "check.output", "timing only"]),
            ("[network]\nfile = 'table.csv'\n[pe]\nmodel = 'rtl'\n", ["pe.model", "no meaning"]),
            ("lut_rows = 8\n[network]\nfile = 'table.csv'\n", ["s.toml:4:", "device.lut_rows", "published size"]),
            ("[network]\nfile = 'table.csv'\n[schedule]\nlut_share = 0.5\n", ["schedule.lut_share", "published search"]),
            ("[network]\nfile = 'table.csv'\n[schedule]\nfile = 'rows.csv'\n[quant]\neffective_bits = 2\n",
             ["quant.effective_bits", "beside schedule.file"]),
            ("[network]\nfile = 'table.csv'\n[trace]\nperfetto = true\n", ["trace.perfetto", "report.json"]),
            ("[network]\nfile = 'none.csv'\n", ["network.file", "there is no file"]),
        ]
        for keys, words in wrong:
            self.refused(words, "run", self.files(keys=keys), "--out", self.folder / "o")
        self.refused(["device.preset", "tiny", "xc7z020, ultra96 or zcu102"], "run",
                     self.files(keys="[network]\nfile = 'table.csv'\n"), "--set", "device.preset=tiny", "--out",
                     self.folder / "o")
        plain = self.scenario("[network]\nfile = 'table.csv'\n[fccm23]\narray = 'rtl'\n")
        self.refused(["fccm23.array", 'needs accelerator = "fccm23"'], "run", plain, "--out", self.folder / "o")

    def test_a_schedule_with_wrong_columns_or_of_another_network_is_told(self):
        keys = "[network]\nfile = 'table.csv'\n[schedule]\nfile = 'rows.csv'\n"
        wrong = [
            (ROWS.replace(", memory bound", "", 1), ["rows.csv:1: has 12 columns; a schedule has 13"]),
            (ROWS.replace("64, 1, 3", "0, 1, 3"), ["rows.csv:1: k is '0'"]),
            (ROWS.replace("64, 1, 3", "-64, 1, 3"), ["rows.csv:1: k is '-64'"]),
            (ROWS.replace("16, 7, 7", "1048576, 1048576, 7"), ["rows.csv:1:", "2^50"]),
            (ROWS + ROWS, ["rows.csv: the schedule has 4 rows, but the network 2 layers", "table.csv"]),
            (ROWS.replace("FC", "fc"), ["row 2 (fc)", "is called FC"]),
            (ROWS.replace("50, 20", "50, 19"), ["row 2 (FC)", "do not cover"]),
            (ROWS.replace("50, 20, 32, 16", "1, 1000, 1, 512"), ["layer FC: 512000 tiles", "instruction word"]),
            ("", ["rows.csv: holds no layers"]),
        ]
        for rows, words in wrong:
            self.refused(words, "run", self.files(rows, keys=keys), "--out", self.folder / "o")

    def test_sizes_that_are_nonsense_or_do_not_fit_are_told(self):
        wrong = [
            ("a,0,56,3,3,64,64,1,", ["table.csv:2:"]),
            ("a,-56,56,3,3,64,64,1,", ["table.csv:2:"]),
            ("a,56,56,3,3,64,99999999,1,", ["table.csv:2:"]),
            ("a,56,28,3,3,64,64,1,", ["table.csv:2:", "square"]),
            ("a,2,2,3,3,64,64,1,", ["table.csv:2:", "larger than the input"]),
            ("a,56,56,3,3,64,8,1,", ["layer a", "16 output channels"]),
            ("a,900,900,900,900,64,64,1,", ["layer a", "fits the buffers of zcu102"]),
            ("a,56,56,3,3,64,64,0,", ["table.csv:2:"]),
        ]
        for line, words in wrong:
            self.files(table=TABLE.splitlines()[0] + "\n" + line + "\n")
            self.refused(words, "schedule", self.folder / "table.csv", "--device", "zcu102", "--style", "fccm23", "-o",
                         self.folder / "o")


class Views(Case):
    def schedule(self, out, *flags):
        rows = "Conv1,28,28,3,3,16,32,1,\nConv2,28,28,1,1,32,32,1,\n"
        (self.folder / "table.csv").write_text(TABLE.splitlines()[0] + "\n" + rows)
        done = self.msd("schedule", "table.csv", "--device", "zcu102", "-o", out, *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_schedule_prints_its_table_and_draws_its_roofline(self):
        for flags in ((), ("--style", "fccm23")):
            text = self.schedule("plan", "--roofline", "roof.svg", *flags)
            self.assertRegex(text, r"Conv1 .*%")
            self.assertIn("100.0%", text)
            self.assertRegex(text, r"roofline bound, layer by layer: \d+ cycles")
            root = xml.etree.ElementTree.parse(self.folder / "roof.svg").getroot()
            circles = [e for e in root.iter() if e.tag.endswith("circle")]
            self.assertEqual(len(circles), 2)

    def test_every_published_network_is_scheduled_for_every_device_in_the_published_columns(self):
        for network in ("resnet18", "resnet50", "vgg16", "mobilenetv2", "vitbase"):
            table = self.need(f"msd/models/{network}.csv")
            names = [line.split(",")[0].strip() for line in table.read_text().splitlines()[1:] if line.strip()]
            layers = sum(12 if name.startswith("Encoder_0") else 1 for name in names)
            for device in ("xc7z020", "ultra96", "zcu102"):
                done = self.msd("schedule", table, "--device", device, "--style", "fccm23", "-o", "all")
                self.assertEqual(done.returncode, 0, done.stderr)
                with open(self.folder / "all/schedule.csv", newline="") as file:
                    rows = [[cell.strip() for cell in row] for row in csv.reader(file)]
                self.assertEqual(len(rows), layers, f"{network} {device}")
                for row in rows:
                    self.assertEqual(len(row), 13)
                    self.assertGreater(int(row[1]), 0)
                    self.assertTrue(0 <= float(row[10]) < 1, row)
                    self.assertEqual(row[11], "2")
                    self.assertIn(row[12].split()[0], ("compute", "memory"))
                again = self.msd("compare", "all/schedule.csv", "all/schedule.csv")
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertIn(f"{layers} layers of both", again.stdout)

    def test_two_schedules_stand_side_by_side(self):
        self.schedule("a")
        text = self.schedule("b", "--style", "fccm23", "--compare", "a/schedule.csv")
        self.assertRegex(text, r"(?m)^Conv1 +\d+ +\d+ +\d+\.\d\d ")
        done = self.msd("compare", "a/schedule.csv", "b/schedule.csv")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^all +\d+ +\d+ +\d+\.\d\d$")
        self.refused(["nowhere.csv", "cannot be opened"], "compare", "a/schedule.csv", "nowhere.csv")
        self.refused(["table.csv:1:", "13"], "compare", "a/schedule.csv", "table.csv")
        self.refused(["nowhere.csv"], "schedule", "table.csv", "--device", "zcu102", "-o", "o", "--compare", "nowhere.csv")

    def test_size_tells_which_arrays_fit(self):
        done = self.msd("size", "zcu102")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"published +92x92 +47x47")
        # By synthesis: the published sizes are beyond the boards.
        found = re.search(r"measured +(\d+)x\1 +(\d+)x(\d+) +(\d+) +(\d+) +(\d+) +(\d+)", done.stdout)
        self.assertTrue(found, done.stdout)
        side, rows, cols, luts, _, dsps, brams = map(int, found.groups())
        self.assertLess(side * side / 2 + 2 * rows * cols, 80 * 80 / 2 + 2 * 48 * 48)
        self.assertLessEqual(luts, 0.7 * 274080)
        self.assertLessEqual(dsps, 0.9 * 2520)
        self.assertLessEqual(brams, 0.95 * 912 + 1)
        self.assertIn("docs/synthesis.md", done.stdout)
        (self.folder / "costs.csv").write_text("module,LUT,FF\nlut_pe,20,20\ndsp_pe,10,10\n")
        cheap = self.msd("size", "--luts", 53200, "--ffs", 106400, "--dsps", 220, "--brams", 140, "--costs", "costs.csv")
        self.assertIn("lut_pe 20 LUT 20 FF", cheap.stdout)
        self.assertRegex(cheap.stdout, r"published +41x41 +14x14")
        self.refused(["zcu104", "xc7z020, ultra96 and zcu102"], "size", "zcu104")
        self.refused(["--luts"], "size")
        self.refused(["-5 LUTs"], "size", "--luts", -5, "--ffs", 1, "--dsps", 1, "--brams", 1)
        self.refused(["costs.csv: lacks"], "size", "zcu102", "--costs", self.write("costs.csv", "module,LUT,FF\n"))
        self.refused(["4 effective bits"], "size", "zcu102", "--effective-bits", 4)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name


del Case  # it has no tests of its own

if __name__ == "__main__":
    unittest.main()
