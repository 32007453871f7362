"""pe.model = "rtl" and "both" from outside: the same bytes, cycles and waveforms at both levels; sizes built on first use."""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "output"))
import vcd_reader  # noqa: E402
from test_cli import MSD, QUICKSTART, ROOT, Case  # noqa: E402
import subprocess  # noqa: E402
import unittest  # noqa: E402

SMALL = ("device.preset=tiny", "network.images=1")  # the size that the build holds
# A size that no build holds, small enough to be built within a test.
OTHER = ("device.preset=tiny", "device.lut_rows=3", "device.lut_cols=4", "device.dsp_rows=2", "device.dsp_cols=2",
         "network.images=1")


class RtlCase(Case):
    def environment(self, **changes):
        return {**os.environ, "MSD_RTL_CACHE": str(self.folder / "cache"), **changes}

    def run_model(self, model, *sets, out=None, status=0, environment=None, quiet=True):
        flags = [f for s in (f"pe.model={model}", *sets) for f in ("--set", s)]
        command = [MSD, "run", str(QUICKSTART), *flags, "--out", str(self.folder / (out or model))]
        done = subprocess.run(command + ["--quiet"] * quiet, env=environment or self.environment(), cwd=self.folder,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=1200)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done

    def file(self, out, name):
        return (self.folder / out / name).read_bytes()

    def comparable(self, out):
        """report.json without what says how it was made."""
        report = self.report(out)
        for key in ("host", "command", "scenario"):
            report.pop(key)
        return report

    def same_run(self, a, b):
        for name in ("latency.csv", "schedule.csv", "trace.json"):
            self.assertEqual(self.file(a, name), self.file(b, name), name)
        self.assertEqual(self.comparable(a), self.comparable(b))


class Model(RtlCase):
    def test_the_quickstart_at_rtl_gives_the_bytes_cycles_and_waves_of_tlm(self):
        self.run_model("tlm", *SMALL)
        self.run_model("rtl", *SMALL)
        self.same_run("tlm", "rtl")

    def test_both_levels_run_side_by_side_and_the_report_has_the_cycles_of_each(self):
        self.run_model("both", *SMALL, "network.images=2")
        report = self.report("both")
        check = [c for c in report["checks"] if c["name"] == "pe.model"]
        self.assertEqual(len(check), 1)
        self.assertTrue(check[0]["passed"], check)
        self.assertRegex(check[0]["message"], r"TLM and RTL agree in \d+ cycles and \d+ events")
        rtl = report["rtl"]
        self.assertEqual(rtl["differences"], 0)
        self.assertEqual(rtl["tlm_cycles"], report["totals"]["cycles"])
        self.assertEqual(rtl["rtl_cycles"], report["totals"]["cycles"])
        self.assertEqual([i["rtl_cycles"] for i in rtl["inputs"]], [i["cycles"] for i in report["inputs"]])
        self.assertEqual([(x["name"], x["rtl_cycles"]) for x in rtl["layers"]],
                         [(x["name"], x["cycles"]) for x in report["layers"]])
        for row in rtl["inputs"] + rtl["layers"]:
            self.assertEqual(row["tlm_cycles"], row["rtl_cycles"])

    def test_without_verilator_a_size_that_is_not_there_is_refused_with_what_to_do(self):
        done = self.run_model("rtl", *OTHER, status=2, environment=self.environment(PATH="/nonexistent"))
        for words in ("Verilator 5", "not installed", "apt-get install verilator", 'pe.model = "tlm"'):
            self.assertIn(words, done.stderr)
        self.assertFalse((self.folder / "rtl").exists(), "an output folder although nothing ran")


class Long(RtlCase):
    def test_another_array_size_is_built_on_first_use_and_kept(self):
        first = self.run_model("both", *OTHER, quiet=False)
        self.assertIn("building the RTL, once", first.stderr)
        self.assertTrue(all(c["passed"] for c in self.report("both")["checks"]))
        kept = list((self.folder / "cache").iterdir())
        self.assertEqual([p.suffix for p in kept], [".so"], kept)
        before = kept[0].stat().st_mtime_ns
        again = self.run_model("rtl", *OTHER, quiet=False, environment=self.environment(PATH="/nonexistent"))
        self.assertNotIn("building", again.stderr)
        self.assertEqual(kept[0].stat().st_mtime_ns, before)

    def test_rtl_waveforms_have_the_names_and_times_of_the_others(self):
        # Around the first interrupts: all of the run is 5 GB.
        window = (*OTHER, "trace.from_cycle=56000", "trace.to_cycle=59000")
        self.run_model("tlm", *window, "trace.vcd=true", "trace.fst=true")
        for form in ("vcd", "fst"):
            self.run_model("rtl", *window, f"trace.{form}=true", out=form)
            self.same_run("tlm", form)
            # Units, levels, handshakes, bus, CPU and DRAM: made of what the RTL did, byte for byte the same.
            self.assertEqual(self.file("tlm", f"wave.{form}"), self.file(form, f"wave.{form}"))
        # The RTL's own signals.
        text = self.file("vcd", "rtl.vcd").decode()
        self.assertNotRegex(text, r"20[0-9][0-9]-|[0-9]:[0-9][0-9]:[0-9]")
        self.assertRegex(text, r"\$timescale\s+1ps\s+\$end")
        _, signals, end = vcd_reader.read(text)
        _, wave, _ = vcd_reader.read(self.file("tlm", "wave.vcd").decode())
        irq = signals["soc.accelerator.irq_o"].edges(1)
        self.assertTrue(irq, "no interrupt in the window")
        self.assertEqual(irq, wave["soc.irq"].edges(1))
        self.assertGreaterEqual(end, irq[-1])
        fst = subprocess.run(["fst2vcd", str(self.folder / "fst/rtl.fst")], capture_output=True, text=True)
        self.assertEqual(fst.returncode, 0, fst.stderr)
        _, other, _ = vcd_reader.read(fst.stdout)
        self.assertLessEqual({"soc.accelerator.irq_o", "soc.accelerator.m_axi_a_araddr_o"}, set(other))
        self.assertEqual(other["soc.accelerator.irq_o"].edges(1), irq)
        self.run_model("rtl", *window, "trace.fst=true", out="fst2")
        self.assertEqual(self.file("fst", "rtl.fst"), self.file("fst2", "rtl.fst"))


if __name__ == "__main__":
    unittest.main()
