"""wave.vcd and wave.fst: read back, and compared with the report and the latency table."""
import re
import shutil
import subprocess
import unittest

import vcd_reader
from runs import Run

PERIOD = 4673  # ps, of 214 MHz


class Waves(Run):
    def waves(self, *sets, out="o", **more):
        self.run_quickstart("trace.vcd=true", *sets, out=out, **more)
        header, signals, end = vcd_reader.read(self.path("wave.vcd", out).read_text())
        self.assertEqual(header, {"version": "MSD virtual platform", "timescale": "1ps"})  # no date
        return signals, end

    def test_the_interrupt_rises_a_cycle_after_each_layer_ended(self):
        signals, _ = self.waves(images=1)
        rises = signals["soc.irq"].edges(1)
        for layer in self.report()["layers"]:
            edge = (layer["end_cycle"] + 1) * PERIOD  # docs/timing.md: the line is up in the next cycle
            if edge not in rises:  # it was still up: the layer before ended just now
                self.assertEqual(signals["soc.irq"].at(edge - 1), 1, layer["name"])
            self.assertEqual(signals["soc.irq"].at(edge), 1, layer["name"])
        ends = {(layer["end_cycle"] + 1) * PERIOD for layer in self.report()["layers"]}
        self.assertLessEqual(set(rises), ends, "an interrupt that no layer caused")

    def test_units_are_busy_when_the_latency_table_says(self):
        signals, _ = self.waves(images=2)
        rows = self.latency()
        layers = [layer["name"] for layer in self.report()["layers"]]
        for unit in ("fetch", "load_act", "load_res", "load_wgt", "exec", "post", "store"):
            scope = f"soc.accelerator.{unit}."
            spans = [r for r in rows if r["unit"] == unit and r["end_cycle"] > r["start_cycle"]]
            self.assertEqual(signals[scope + "busy"].edges(1), [r["start_cycle"] * PERIOD for r in spans])
            self.assertEqual(signals[scope + "busy"].edges(0), [r["end_cycle"] * PERIOD for r in spans])
            for r in spans[:: max(1, len(spans) // 20)]:
                time = r["start_cycle"] * PERIOD
                self.assertEqual(layers[signals[scope + "layer"].at(time)], r["layer"])
                self.assertEqual(signals[scope + "tile"].at(time), r["tile"])
                self.assertEqual(signals[scope + "image"].at(time), r["image"])
                if r["stall_cycles"] > 0:
                    waiting = signals[scope + "state"].at(time - 1)
                    self.assertIn(waiting, (1, 2, 3) if unit == "exec" else (1,))

    def test_handshakes_levels_and_the_program_counter_are_there(self):
        signals, end = self.waves(images=1)
        beats = 0
        for port, valid, answer in (("dma_a", "arvalid", "rvalid"), ("dma_w", "arvalid", "rvalid"), ("dma_s", "awvalid", "bvalid")):
            scope = f"soc.accelerator.{port}."
            self.assertTrue(signals[scope + valid].edges(1) and signals[scope + answer].edges(1))
            self.assertLessEqual(max(signals[scope + "outstanding"].values), 8)
            self.assertEqual(signals[scope + "outstanding"].values[-1], 0)
            if answer == "rvalid":
                beats += sum(t1 - t0 for t0, t1 in zip(signals[scope + answer].edges(1), signals[scope + answer].edges(0)))
        self.assertEqual(beats // PERIOD * 16, self.report()["totals"]["dram_read_bytes"])
        for buffer in ("act", "wgt", "acc", "out"):
            levels = signals[f"soc.accelerator.buffers.{buffer}_halves"].values
            self.assertEqual((min(levels), levels[-1]), (0, 0), buffer)
            self.assertLessEqual(max(levels), 2, buffer)
        self.assertEqual(max(signals["soc.accelerator.lists.queue_level"].values), 4)
        pc = signals["soc.cpu.pc"].values[1:]
        self.assertGreater(len(set(pc)), 200)
        self.assertTrue(all(0x80000000 <= p < 0x80100000 for p in pc))
        asleep = signals["soc.cpu.state"]
        self.assertGreater(len(asleep.edges(1)), 5)
        self.assertEqual(signals["soc.dram.bank0.open"].values[0], 0)
        self.assertLessEqual(end, 40000 * PERIOD)

    def test_the_save_file_names_signals_and_filters_that_exist(self):
        signals, _ = self.waves("trace.fst=true", images=1)
        text = self.path("wave.gtkw").read_text()
        self.assertIn('[dumpfile] "wave.fst"', text)
        shown = [re.sub(r"\[.*", "", line) for line in text.splitlines() if line.startswith("soc.")]
        self.assertLessEqual(set(shown), set(signals))
        self.assertGreater(len(shown), 30)
        for unit in ("fetch", "exec", "store"):
            self.assertIn(f"soc.accelerator.{unit}.state", shown)
        for name in re.findall(r"^\^1 (\S+)$", text, re.M):
            lines = self.path(name).read_text().splitlines()
            self.assertTrue(lines and all(re.match(r"[0-9A-F]+ \S", line) for line in lines), name)
        groups = re.findall(r"^@[8c]00200\n-(\S+)$", text, re.M)
        self.assertEqual(groups, re.findall(r"^@1000200\n-(\S+)$", text, re.M))
        self.assertGreater(len(set(re.findall(r"^\[color\] (\d)$", text, re.M))), 4)
        self.assertIn("4 ?dark green?feed", self.path("wave_exec.txt").read_text())

    def test_the_fst_file_holds_what_the_vcd_file_holds(self):
        if not shutil.which("fst2vcd"):
            self.skipTest("fst2vcd (package gtkwave) is not installed")
        signals, end = self.waves("trace.fst=true", images=1)
        text = subprocess.run(["fst2vcd", self.path("wave.fst")], capture_output=True, text=True, check=True).stdout
        header, again, again_end = vcd_reader.read(text)
        self.assertEqual((header["timescale"], header.get("date", "")), ("1ps", ""))
        self.assertEqual((set(again), again_end), (set(signals), end))
        for path, signal in signals.items():
            changes = [c for i, c in enumerate(zip(signal.times, signal.values)) if i == 0 or c[1] != signal.values[i - 1]]
            other = again[path]
            others = [c for i, c in enumerate(zip(other.times, other.values)) if i == 0 or c[1] != other.values[i - 1]]
            self.assertEqual(changes, others, path)
        self.run_quickstart("trace.fst=true", images=1, out="again")
        self.assertEqual(self.path("wave.fst").read_bytes(), self.path("wave.fst", "again").read_bytes())

    def test_a_window_shows_the_same_as_the_whole_and_less(self):
        whole, _ = self.waves(images=1)
        part, end = self.waves("trace.from_cycle=7000", "trace.to_cycle=9000", images=1, out="w")
        self.assertEqual(end, 9000 * PERIOD)
        self.assertEqual(set(whole), set(part))
        for path in whole:
            if ".dma_" in path or ".bus_" in path or path in ("soc.accelerator.lists.queue_level", "soc.cpu.pc"):
                continue  # bursts and bus accesses before the window are not recorded
            for time in range(7100 * PERIOD, 9000 * PERIOD, 97 * PERIOD):
                self.assertEqual(whole[path].at(time), part[path].at(time), (path, time // PERIOD))
        self.assertLess(self.path("wave.vcd", "w").stat().st_size, self.path("wave.vcd").stat().st_size / 4)

    def test_a_signal_filter_keeps_what_its_patterns_match(self):
        for patterns, wanted in ((["irq"], {"soc.irq"}),
                                 (["soc.accelerator.exec.state", "*.pc"], {"soc.accelerator.exec.state", "soc.cpu.pc"}),
                                 (["dma_?.outstanding"], {f"soc.accelerator.dma_{p}.outstanding" for p in "aws"}), (["store"], None)):
            text = "[" + ",".join(f'"{p}"' for p in patterns) + "]"
            signals, _ = self.waves(f"trace.signals={text}", images=1, out="".join(patterns).replace("*", "").replace("?", ""))
            if wanted:
                self.assertEqual(set(signals), wanted)
            else:
                self.assertTrue(all(".store." in s for s in signals) and signals)


if __name__ == "__main__":
    unittest.main()
