"""The `msd` command as people and scripts use it: outputs, exit statuses, and the message for every kind of bad input."""
import csv
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MSD = os.environ.get("MSD_PROGRAM", str(ROOT / "build/release/platform/cli/msd"))
DATA = pathlib.Path(os.environ.get("MSD_DATA", ROOT / "../shared/data")).resolve()
QUICKSTART = ROOT / "scenarios/quickstart.toml"
SKIPPED = 77


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="msd_cli_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def msd(self, *arguments, timeout=120):
        return subprocess.run([MSD, *map(str, arguments)], cwd=self.folder, timeout=timeout,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def run_scenario(self, scenario, *sets, out="o", status=0, timeout=120):
        flags = [f for s in sets for f in ("--set", s)]
        done = self.msd("run", scenario, *flags, "--out", self.folder / out, "--quiet", timeout=timeout)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done

    def report(self, out="o"):
        return json.loads((self.folder / out / "report.json").read_text())

    def refused(self, words, *arguments):
        """Exit status 2, a message with all the words, nothing half written."""
        done = self.msd(*arguments)
        self.assertEqual(done.returncode, 2, f"{done.returncode}: {done.stderr}{done.stdout}")
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual([p for p in self.folder.rglob("*") if p.name.endswith(".part")], [])
        self.assertFalse((self.folder / "o").exists(), "an output folder although nothing ran")
        self.assertLessEqual(done.stderr.count("\n"), 3, done.stderr)

    def scenario(self, text):
        path = self.folder / "s.toml"
        path.write_text(text)
        return path

    def need(self, relative):
        if not (DATA / relative).exists():
            print(f"SKIPPED: no test data {relative} (set MSD_DATA)")
            sys.exit(SKIPPED)
        return DATA / relative


class Run(Case):
    def test_the_quickstart_holds_all_its_checks(self):
        self.run_scenario(QUICKSTART)
        report = self.report()
        self.assertEqual(len(report["inputs"]), 20)
        self.assertTrue(all(c["passed"] for c in report["checks"]) and report["checks"])
        self.assertGreaterEqual(report["accuracy"]["correct"], 18)
        for image in report["inputs"]:  # the network ends in a softmax; ten classes
            self.assertGreaterEqual(image["probability"], 0.1)
            self.assertLessEqual(image["probability"], 1)
        self.assertGreater(len({i["probability"] for i in report["inputs"]}), 5)
        for key in ("cycles", "latency_ms", "macs", "dram_read_bytes", "dram_write_bytes", "lut_busy_cycles",
                    "dsp_busy_cycles"):
            self.assertGreater(report["totals"][key], 0, key)
        for layer in report["layers"]:
            self.assertGreater(layer["end_cycle"], layer["start_cycle"])
            self.assertGreater(layer["predicted_cycles"], 0)
        self.assertAlmostEqual(report["totals"]["latency_ms"], report["totals"]["cycles"] / 214e3, places=6)

    def test_without_arguments_the_built_in_quickstart_runs(self):
        done = self.msd("run", "--set", "network.images=1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.folder / "out/quickstart/report.json").exists())

    def test_two_runs_write_the_same_bytes(self):
        for out in ("a", "b"):
            self.run_scenario(QUICKSTART, "network.images=3", "trace.vcd=true", "trace.perfetto=true", out=out)
        names = sorted(p.name for p in (self.folder / "a").iterdir())
        self.assertEqual([n for n in names if not n.startswith("wave_")],
                         ["latency.csv", "report.html", "report.json", "schedule.csv", "thumbnails.png", "trace.json", "wave.gtkw",
                          "wave.vcd"])
        for name in names:
            a, b = ((self.folder / o / name).read_bytes() for o in "ab")
            if name == "report.json":
                a, b = ({k: v for k, v in json.loads(t).items() if k != "host"} for t in (a, b))
            if name == "report.html":  # holds report.json
                a, b = (re.sub(rb'"host":{[^}]*}', b"", t) for t in (a, b))
            self.assertEqual(a, b, name)

    def test_the_latency_table_accounts_for_every_tile_and_unit(self):
        self.run_scenario(QUICKSTART, "network.images=2")
        with open(self.folder / "o/latency.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(list(rows[0]), "image,layer,tile,unit,start_cycle,end_cycle,stall_cycles,bytes".split(","))
        report = self.report()
        self.assertEqual({r["layer"] for r in rows}, {l["name"] for l in report["layers"]})
        moved = {"load_act": 0, "load_res": 0, "load_wgt": 0, "fetch": 0, "store": 0}
        last_end = {}
        for row in rows:
            start, end = int(row["start_cycle"]), int(row["end_cycle"])
            self.assertLessEqual(start, end)
            if row["unit"] in moved:
                moved[row["unit"]] += int(row["bytes"])
            self.assertGreaterEqual(start, last_end.get(row["unit"], 0), "a unit works on one tile at a time")
            last_end[row["unit"]] = end
        self.assertEqual(moved["store"], report["totals"]["dram_write_bytes"])
        self.assertEqual(sum(moved.values()) - moved["store"], report["totals"]["dram_read_bytes"])

    def test_a_trace_window_and_a_signal_filter_make_the_traces_smaller(self):
        self.run_scenario(QUICKSTART, "network.images=2", "trace.vcd=true", out="all")
        self.run_scenario(QUICKSTART, "network.images=2", "trace.vcd=true", "trace.to_cycle=12000", out="window")
        self.run_scenario(QUICKSTART, "network.images=2", "trace.vcd=true", 'trace.signals=["exec"]', out="exec")
        size = {o: (self.folder / o / "wave.vcd").stat().st_size for o in ("all", "window", "exec")}
        self.assertLess(size["window"], size["all"])
        self.assertLess(size["exec"], size["all"])

    def test_a_check_that_fails_gives_exit_status_1_and_the_report(self):
        done = self.run_scenario(QUICKSTART, "network.images=1", "check.max_cycles=10", status=1)
        self.assertIn("check.max_cycles fails", done.stderr)
        passed = {c["name"]: c["passed"] for c in self.report()["checks"]}
        self.assertEqual(passed, {"check.output": True, "check.max_cycles": False, "check.min_top1": True})

    def test_a_timeout_gives_exit_status_3_and_says_who_waits(self):
        done = self.run_scenario(QUICKSTART, "run.timeout_cycles=9000", status=3)
        self.assertIn("timeout after 9000 cycles: cpu", done.stderr)

    def test_everything_on_the_dsp_core_or_on_the_lut_core_runs(self):
        for share in (0, 1):
            self.run_scenario(QUICKSTART, "network.images=1", f"schedule.lut_share={share}", out=f"o{share}")
            totals = self.report(f"o{share}")["totals"]
            self.assertEqual(totals["lut_busy_cycles"] == 0, share == 0)

    def test_more_digits_take_more_cycles(self):
        cycles = []
        for bits in (1, 2, 3):
            self.run_scenario(QUICKSTART, "network.images=1", f"quant.effective_bits={bits}",
                              "schedule.lut_share=1", "check.min_top1=0", out=f"o{bits}")
            cycles.append(self.report(f"o{bits}")["totals"]["cycles"])
        self.assertLess(cycles[0], cycles[1])
        self.assertLess(cycles[1], cycles[2])


class Networks(Case):
    def resnet8(self, *sets, out="o"):
        self.need("onnx/resnet8_int8.onnx")
        self.need("cifar10/test_500.bin")
        self.run_scenario(ROOT / "scenarios/resnet8_cifar10.toml", *sets, out=out)
        return self.report(out)

    def test_resnet8_on_photographs_equals_the_reference_in_every_tensor(self):
        for bits in (1, 2, 3):
            report = self.resnet8("network.images=12", "check.output=reference", f"quant.effective_bits={bits}",
                                  out=f"o{bits}")
            self.assertIn("120 tensors equal", report["checks"][0]["message"])

    def test_resnet8_all_int8_is_right_on_445_of_500_photographs(self):
        report = self.resnet8("schedule.lut_share=0")
        self.assertEqual(report["accuracy"]["images"], 500)
        self.assertLessEqual(abs(report["accuracy"]["correct"] - 445), 3)

    def test_a_float_network_is_calibrated_on_load(self):
        model = self.need("onnx/resnet8_float.onnx")
        report = self.resnet8(f"network.file={model}", "network.images=100", "check.output=reference",
                              "schedule.lut_share=0")
        self.assertGreaterEqual(report["accuracy"]["correct"], 82)

    def layer_table(self, name):
        self.need("msd/models/resnet18.csv")
        self.run_scenario(ROOT / f"scenarios/{name}.toml", "check.output=reference")
        report = self.report()
        self.assertTrue(report["checks"][0]["passed"])
        return report

    def test_resnet18_on_ultra96_equals_the_reference(self):
        report = self.layer_table("resnet18_ultra96")
        self.assertEqual(report["totals"]["macs"] // 1000000, 1814)

    def test_resnet18_on_zcu102_equals_the_reference(self):
        self.layer_table("resnet18_zcu102")

    def test_resnet18_on_xc7z020_equals_the_reference(self):
        self.layer_table("resnet18_xc7z020")

    def test_mobilenetv2_on_ultra96_equals_the_reference(self):
        report = self.layer_table("mobilenetv2_ultra96")
        self.assertAlmostEqual(report["totals"]["macs"] / 1e6, 301, delta=1)


class BadInput(Case):
    def test_an_unknown_key_names_file_line_and_the_nearest_key(self):
        path = self.scenario('[network]\nfile = "x.onnx"\n[device]\nlut_row = 4\n')
        self.refused([f"{path}:4:1: unknown key 'device.lut_row'", "device.lut_rows"], "run", path, "--out", "o")

    def test_a_missing_scenario_or_network_is_named(self):
        self.refused(["nowhere.toml"], "run", "nowhere.toml", "--out", "o")
        self.refused(["nowhere.onnx"], "run", QUICKSTART, "--set", "network.file=nowhere.onnx", "--out", "o")

    def test_an_absurd_device_is_refused(self):
        for setting, word in (("device.lut_rows=0", "lut_rows"), ("device.clock_mhz=0", "clock_mhz"),
                              ("device.axi_bits=100", "axi_bits"), ("device.preset=ultra97", "ultra97"),
                              ("device.dsp_cols=-3", "dsp_cols"), ("device.lut_cols=100000", "lut_cols")):
            self.refused([word], "run", QUICKSTART, "--set", setting, "--out", "o")

    def test_a_truncated_or_alien_onnx_file_is_refused(self):
        good = (ROOT / "scenarios/quickstart.onnx").read_bytes()
        path = self.folder / "bad.onnx"
        for content in (good[:len(good) // 2], b"", b"PK\x03\x04" + bytes(100), bytes(1000), b"hello\n"):
            path.write_bytes(content)
            self.refused(["bad.onnx"], "run", QUICKSTART, "--set", "network.file=bad.onnx", "--out", "o")

    def test_an_unsupported_operator_is_named_with_its_node(self):
        good = (ROOT / "scenarios/quickstart.onnx").read_bytes()
        self.assertIn(b"MaxPool", good)
        (self.folder / "op.onnx").write_bytes(good.replace(b"MaxPool", b"FooPool"))
        self.refused(["op.onnx", "FooPool", "not supported"],
                     "run", QUICKSTART, "--set", "network.file=op.onnx", "--out", "o")

    def test_an_image_file_of_the_wrong_size_is_refused(self):
        (self.folder / "images.bin").write_bytes(bytes(3073 + 5))
        self.refused(["images.bin", "3078", "3073"],
                     "run", QUICKSTART, "--set", "network.input=cifar10:images.bin", "--out", "o")

    def test_a_layer_that_cannot_be_tiled_is_named(self):
        table = self.folder / "big.csv"
        table.write_text("name,ifh,ifw,fh,fw,C,K,stride\nhuge,64,64,31,31,512,16,1,\n")
        self.refused(["huge"], "run", QUICKSTART, "--set", "network.file=big.csv", "--set", "network.input=random",
                     "--set", "device.preset=tiny", "--out", "o")

    def test_a_table_with_absurd_sizes_is_refused_with_its_line(self):
        table = self.folder / "t.csv"
        for row in ("a,0,8,3,3,16,16,1", "a,8,8,3,3,-1,16,1", "a,8,8,3,3,16,99999999999,1", "a,8,8,3,3,16", "a,8,8,x,3,16,16,1"):
            table.write_text("name,ifh,ifw,fh,fw,C,K,stride\n" + row + "\n")
            self.refused(["t.csv:2"], "run", QUICKSTART, "--set", "network.file=t.csv", "--set", "network.input=random",
                         "--out", "o")

    def test_a_program_image_with_a_flipped_byte_is_refused(self):
        done = self.msd("schedule", ROOT / "scenarios/quickstart.onnx", "--device", "ultra96", "-o", self.folder / "p")
        self.assertEqual(done.returncode, 0, done.stderr)
        good = (self.folder / "p/program.msdp").read_bytes()
        self.assertEqual(self.msd("dump", self.folder / "p/program.msdp").returncode, 0)
        flips = random.Random(1)
        for at in [0, 5, 9, len(good) - 1] + [flips.randrange(len(good)) for _ in range(20)]:
            bad = bytearray(good)
            bad[at] ^= 1 << flips.randrange(8)
            (self.folder / "bad.msdp").write_bytes(bad)
            self.refused(["bad.msdp"], "dump", self.folder / "bad.msdp")
        for size in (0, 7, 63, len(good) // 2, len(good) - 1):
            (self.folder / "bad.msdp").write_bytes(good[:size])
            self.refused(["bad.msdp"], "dump", self.folder / "bad.msdp")

    def test_settings_that_contradict_each_other_are_refused(self):
        self.refused(["quant.effective_bits"], "run", QUICKSTART, "--set", "quant.effective_bits=4", "--out", "o")
        self.refused(["schedule.lut_share"], "run", QUICKSTART, "--set", "schedule.lut_share=1.5", "--out", "o")
        self.refused(["--effective-bit"], "run", QUICKSTART, "--effective-bit", "2", "--out", "o")
        self.refused(["nosuch"], "bench", "nosuch")

    def test_an_output_folder_that_cannot_be_made_is_named(self):
        (self.folder / "file").write_text("in the way")
        done = self.msd("run", QUICKSTART, "--set", "network.images=1", "--out", self.folder / "file/o")
        self.assertEqual(done.returncode, 2)
        self.assertIn("file/o", done.stderr)


class Tools(Case):
    def test_schedule_writes_the_table_and_the_program(self):
        done = self.msd("schedule", ROOT / "scenarios/quickstart.onnx", "--device", "zcu102", "--lut-share", "0.5",
                        "-o", self.folder / "p")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.folder / "p/schedule.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(list(rows[0]), ("layer,kind,k,c,h,w,k_tiles,c_tiles,h_tiles,w_tiles,order,lut_channels,"
                                         "dsp_channels,effective_bits,bound,predicted_cycles").split(","))
        for row in rows:
            if row["kind"] in ("conv", "depthwise", "fc"):
                self.assertEqual(int(row["lut_channels"]), int(int(row["k"]) * 0.5 + 0.5), row["layer"])
        text = self.msd("dump", self.folder / "p/program.msdp").stdout
        self.assertIn(rows[0]["layer"], text)

    def test_the_published_schedule_is_reproduced(self):
        model = self.need("msd/models/resnet18.csv")
        published = self.need("msd/schedules/zcu102_resnet18.csv")
        done = self.msd("schedule", model, "--device", "zcu102", "--style", "fccm23", "-o", self.folder / "p")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("131557419 candidates", done.stdout)
        fields = [[[f.strip() for f in line.split(",")] for line in path.read_text().splitlines() if line.strip()]
                  for path in (self.folder / "p/schedule.csv", published)]
        self.assertEqual(*fields)

    def test_a_quantised_network_runs_as_assigned(self):
        done = self.msd("quantize", ROOT / "scenarios/quickstart.onnx", "--effective-bits", "3", "--lut-share", "0.5",
                        "-o", self.folder / "rsd.onnx")
        self.assertEqual(done.returncode, 0, done.stderr)
        common = ("network.images=4", "check.min_top1=0")
        self.run_scenario(QUICKSTART, f"network.file={self.folder}/rsd.onnx", *common, out="stored")
        self.run_scenario(QUICKSTART, "quant.effective_bits=3", "schedule.lut_share=0.5", *common, out="direct")
        a, b = self.report("stored"), self.report("direct")
        self.assertEqual([i["logits"] for i in a["inputs"]], [i["logits"] for i in b["inputs"]])
        self.assertEqual(a["totals"]["lut_busy_cycles"], b["totals"]["lut_busy_cycles"])
        self.refused(["quant.effective_bits", "3 digits"], "run", QUICKSTART, "--set",
                     f"network.file={self.folder}/rsd.onnx", "--set", "quant.effective_bits=2", "--out", "o")

    def test_a_float_network_is_quantised_with_images_only(self):
        model = self.need("onnx/resnet8_float.onnx")
        images = self.need("cifar10/train_5085.bin")
        self.refused(["--calibrate"], "quantize", model, "--effective-bits", "2", "-o", "x.onnx")
        done = self.msd("quantize", model, "--effective-bits", "2", "--calibrate", f"cifar10:{images}", "-o", "x.onnx")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.msd("schedule", "x.onnx", "--device", "ultra96", "-o", "p").returncode, 0)

    def test_describe_lists_every_key_with_type_and_default(self):
        everything = self.msd("describe").stdout
        for key in ("network.file", "device.lut_rows", "quant.effective_bits", "schedule.lut_share", "dram.preset",
                    "trace.vcd", "run.timeout_cycles", "check.output"):
            self.assertIn(key, everything)
        one = self.msd("describe", "device.clock_mhz")
        self.assertEqual(one.returncode, 0)
        self.assertIn("MHz", one.stdout)
        self.refused(["device.clock_mhz"], "describe", "device.clock_mh")

    def test_bench_platform_prints_ratios_and_writes_json(self):
        self.need("msd/models/resnet18.csv")
        done = self.msd("bench", "platform", "--repeats", "1", "--json", self.folder / "b.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        figures = json.loads((self.folder / "b.json").read_text())
        for key in ("simulation_s", "onednn_s", "ratio", "cycles_per_s", "simulated_over_wall"):
            self.assertGreater(figures[key], 0, key)
        self.assertLess(figures["peak_rss_bytes"], 300 << 20)


if __name__ == "__main__":
    unittest.main()
