"""Stops, checkpoints and restarts: a run that was cut anywhere and gone on with writes the bytes of one that was not."""
import json
import random
import re
import struct
import unittest
import zlib

import trace_format
import vcd_reader
from runs import QUICKSTART, Run

PERIOD = 4673  # ps, of 214 MHz
TRACED = ("trace.vcd=true", "trace.perfetto=true", "debug.registers=true")


class Control(Run):
    def same(self, a, b):
        """Two folders hold the same outputs but for the host block and checkpoints."""
        names = [[n for n in self.names(o) if n != "checkpoint.msdc"] for o in (a, b)]
        self.assertEqual(*names)
        for name in names[0]:
            texts = [self.path(name, o).read_bytes() for o in (a, b)]
            if name.startswith("report"):
                texts = [re.sub(rb'"host": ?{[^}]*}', b"", t) for t in texts]
            self.assertTrue(texts[0] == texts[1], f"{name} of {a} and {b}")

    def cut(self, whole, *stop, images=2, sets=TRACED, scenario=QUICKSTART):
        """Stops, makes a checkpoint, goes on, and compares with the run that was not cut."""
        common = (f"network.images={images}", *sets)
        self.run_scenario(scenario, *common, *stop, "debug.checkpoint=true", out="cut")
        self.run_scenario(scenario, *common, f"debug.restart={self.path('checkpoint.msdc', 'cut')}", out="rest")
        self.same(whole, "rest")


class Stops(Control):
    def test_a_stop_is_where_the_whole_run_says_and_its_outputs_are_whole(self):
        self.run_quickstart(*TRACED, out="whole")
        report, rows = self.report("whole"), self.latency("whole")
        _, signals, _ = vcd_reader.read(self.path("wave.vcd", "whole").read_text())
        rises = [t // PERIOD for t in signals["soc.irq"].edges(1)]
        layer = report["layers"][3]
        for stop, cycle, reason in (
                (("debug.stop_cycle=20000",), 20000, "cycle 20000 is over"),
                ((f"debug.stop_layer={layer['name']}",), layer["end_cycle"], f"layer {layer['name']} of image 0 is complete"),
                ((f"debug.stop_layer={layer['name']}", "debug.stop_image=1"), None, f"layer {layer['name']} of image 1 is complete"),
                (("debug.stop_interrupt=3",), rises[2], "interrupt 3 has come"),
                (("debug.stop_interrupt=1", "debug.stop_cycle=20000"), rises[0], "interrupt 1 has come")):
            done = self.run_quickstart(*TRACED, *stop, out="o")
            self.assertEqual(done.stderr, "")
            stopped = self.report()["stopped"]
            self.assertRegex(stopped["message"], rf"^stopped in cycle {stopped['cycle']}: {reason}; cpu .*")
            if cycle is not None:
                self.assertEqual(stopped["cycle"], cycle)
            # What ended before the stop is what the whole run recorded.
            ended = lambda table: [r for r in table if r["end_cycle"] <= stopped["cycle"]]
            self.assertEqual(ended(self.latency()), ended(rows))
            self.assertGreater(len(ended(rows)), 5)
            for a, b in zip(self.report()["inputs"], report["inputs"]):
                self.assertEqual(a, b)
            self.assertEqual(self.report()["checks"][0]["passed"], True)
            trace_format.check(self.trace())
            _, cut, _ = vcd_reader.read(self.path("wave.vcd").read_text())
            for name in ("soc.irq", "soc.cpu.state", "soc.cpu.pc", "soc.accelerator.store.busy"):
                for t in range(0, stopped["cycle"] * PERIOD, stopped["cycle"] * PERIOD // 50):
                    self.assertEqual(cut[name].at(t), signals[name].at(t), (name, t))
            self.assertEqual(self.msd("report", "o", "-o", "page.html").returncode, 0)
        text = self.msd("run", QUICKSTART, "--set", "debug.stop_cycle=20000", "--out", "o").stdout
        self.assertIn("stopped in cycle 20000", text)

    def test_a_stop_before_anything_has_happened_leaves_whole_files(self):
        for cycle in (1, 5820, 6100):
            self.run_quickstart(*TRACED, "trace.fst=true", f"debug.stop_cycle={cycle}", images=1)
            self.assertEqual(self.report()["stopped"]["cycle"], cycle)
            trace_format.check(self.trace())
            vcd_reader.read(self.path("wave.vcd").read_text())

    def test_the_rtl_stops_where_the_transaction_level_does(self):
        for stop, late in (("debug.stop_cycle=30000", 0), ("debug.stop_interrupt=2", 0), ("debug.stop_layer=widen", 1)):
            for model in ("tlm", "rtl"):
                self.run_small(model, stop, "trace.perfetto=true", out=model)
            tlm, rtl = (self.report(o)["stopped"] for o in ("tlm", "rtl"))
            self.assertEqual(rtl["cycle"], tlm["cycle"] + late)
            self.assertEqual(*(m["message"].split(": ", 1)[1].split(";")[0] for m in (tlm, rtl)))
            ended = [[r for r in self.latency(o) if r["end_cycle"] <= tlm["cycle"] and r["unit"] == "store"] for o in ("tlm", "rtl")]
            self.assertEqual(*ended)
            trace_format.check(self.trace("rtl"))

    def test_a_stop_behind_the_end_changes_nothing(self):
        self.run_quickstart(out="whole")
        self.run_quickstart("debug.stop_cycle=99000000", out="late")
        self.run_quickstart("debug.stop_interrupt=9999", "debug.checkpoint=true", out="never")
        for out in ("late", "never"):
            self.assertNotIn("stopped", self.report(out))
            self.assertEqual(self.report(out)["layers"], self.report("whole")["layers"])
            self.assertNotIn("checkpoint.msdc", self.names(out))

    def test_stops_that_can_never_come_are_refused(self):
        for sets, words in ((["debug.stop_layer=nolayer"], ["debug.stop_layer", "'nolayer'", "block1.conv1"]),
                            (["debug.stop_layer=mean", "debug.stop_image=2"], ["debug.stop_image", "2 images"]),
                            (["debug.stop_image=1"], ["debug.stop_image", "debug.stop_layer"]),
                            (["debug.checkpoint=true"], ["debug.checkpoint", "debug.stop_layer"]),
                            (["debug.stop_cycle=0"], ["debug.stop_cycle"]), (["debug.stop_interrupt=0"], ["debug.stop_interrupt"]),
                            (["debug.stop_cycle=9", "pe.model=both"], ["debug.stop_cycle", "both"]),
                            (["debug.stop_cycle=9", "debug.checkpoint=true", "pe.model=rtl"], ["debug.checkpoint", "tlm"]),
                            (["debug.restart=nowhere.msdc"], ["debug.restart", "nowhere.msdc"])):
            flags = [f for s in ["network.images=2", *sets] for f in ("--set", s)]
            self.refused(words, "run", QUICKSTART, *flags, "--out", "o")

    def test_registers_are_logged_with_the_names_of_their_fields(self):
        self.run_quickstart("debug.registers=true", images=1)
        lines = self.path("registers.log").read_text().splitlines()
        for line in lines:
            self.assertRegex(line, r"^\d+ [RW] (host\.)?[A-Z_]+ = 0x[0-9a-f]+(  [A-Z_]+=\d+( [A-Z_]+=\d+)*)?$")
        cycles = [int(line.split()[0]) for line in lines]
        self.assertEqual(cycles, sorted(cycles))
        text = "\n".join(lines)
        for words in ("R ID = 0x4d534431", "R SIZE_LUT = 0x300030  ROWS=48 COLS=48", "W CONTROL = 0x1  CLEAR=1",
                      "W IRQ_ENABLE = 0x5  LIST=1 ERROR=1", "W host.NEXT = 0x1"):
            self.assertIn(words, text)
        self.assertEqual(len(re.findall(r" W LIST_PUSH = ", text)), len(self.report()["layers"]))
        self.run_quickstart("debug.registers=true", "trace.perfetto=true", images=1, out="traced")
        accesses = [s for s in trace_format.check(self.trace("traced"))[0] if s["track"][1] == "cpu" and s["path"]]
        named = {(s["name"].split()[-1], int(s["args"]["value"], 16)) for s in accesses}
        for line in lines:
            _, _, name, _, value = line.split()[:5]
            self.assertIn((name.replace("host.", ""), int(value, 16)), named, line)


class Checkpoints(Control):
    def test_a_run_cut_behind_any_layer_goes_on_to_the_same_bytes(self):
        self.run_quickstart(*TRACED, out="whole")
        names = [layer["name"] for layer in self.report("whole")["layers"]]
        for image in (0, 1):
            for name in names[image::image + 1]:
                self.cut("whole", f"debug.stop_layer={name}", f"debug.stop_image={image}")

    def test_a_run_cut_in_any_cycle_goes_on_to_the_same_bytes(self):
        self.run_quickstart(*TRACED, "trace.fst=true", out="whole")
        end = self.report("whole")["totals"]["cycles"]
        draw = random.Random(3)
        for cycle in [1, *sorted(draw.randrange(5000, end) for _ in range(10))]:
            self.cut("whole", f"debug.stop_cycle={cycle}", sets=(*TRACED, "trace.fst=true"))
        self.cut("whole", "debug.stop_interrupt=4", sets=(*TRACED, "trace.fst=true"))

    def test_a_run_cut_twice_goes_on_to_the_same_bytes(self):
        self.run_quickstart(*TRACED, out="whole")
        common = ("network.images=2", *TRACED, "debug.checkpoint=true")
        self.run_scenario(QUICKSTART, *common, "debug.stop_layer=widen", out="first")
        self.run_scenario(QUICKSTART, *common, "debug.stop_layer=widen", "debug.stop_image=1",
                          f"debug.restart={self.path('checkpoint.msdc', 'first')}", out="second")
        self.run_scenario(QUICKSTART, "network.images=2", *TRACED,
                          f"debug.restart={self.path('checkpoint.msdc', 'second')}", out="rest")
        self.same("whole", "rest")
        # And the checkpoint itself does not depend on how the run came there.
        self.run_scenario(QUICKSTART, *common, "debug.stop_layer=widen", "debug.stop_image=1", out="direct")
        self.assertEqual(*(self.path("checkpoint.msdc", o).read_bytes() for o in ("second", "direct")))
        # Too late for what has happened.
        for stop, words in (("debug.stop_cycle=100", "goes on behind cycle"), ("debug.stop_layer=widen", "is complete already"),
                            ("debug.stop_interrupt=2", "interrupts have come")):
            restart = f"debug.restart={self.path('checkpoint.msdc', 'second')}"
            self.refused([words], "run", QUICKSTART, "--set", "network.images=2", "--set", restart, "--set", stop, "--out", "o")

    def test_other_memories_and_arrays_go_on_to_the_same_bytes(self):
        for number, sets in enumerate((("device.preset=xc7z020", "check.min_top1=0"), ("device.preset=zcu102", "check.min_top1=0"),
                                       ("dram.preset=ideal",), ("quant.effective_bits=3", "schedule.lut_share=1", "check.min_top1=0"))):
            self.run_quickstart(*TRACED, *sets, out=f"whole{number}")
            for stop in ("debug.stop_layer=depthwise", "debug.stop_cycle=9000"):
                self.cut(f"whole{number}", stop, sets=(*TRACED, *sets))

    def test_waveforms_switched_on_at_the_restart_show_the_rest(self):
        self.run_quickstart("trace.vcd=true", out="whole")
        self.run_quickstart("debug.stop_layer=block1.conv1", "debug.checkpoint=true", out="cut")
        cycle = self.report("cut")["stopped"]["cycle"]
        self.run_quickstart(f"debug.restart={self.path('checkpoint.msdc', 'cut')}", "trace.vcd=true", out="rest")
        (_, whole, _), (_, rest, _) = (vcd_reader.read(self.path("wave.vcd", o).read_text()) for o in ("whole", "rest"))
        end = self.report("whole")["totals"]["cycles"]
        for name in ("soc.irq", "soc.cpu.pc", "soc.accelerator.exec.state", "soc.accelerator.dma_w.araddr", "soc.dram.bank3.row"):
            for t in range((cycle + 1500) * PERIOD, end * PERIOD, 211 * PERIOD):
                self.assertEqual(rest[name].at(t), whole[name].at(t), (name, t // PERIOD))

    def test_verbose_lines_of_both_parts_are_those_of_the_whole(self):
        def lines(*sets):
            flags = [f for s in ("network.images=2", *sets) for f in ("--set", s)]
            done = self.msd("run", QUICKSTART, "--verbose", *flags, "--out", "v")
            return re.findall(r"(?m)^    \d  \S+ +\d+ +\d+ +\d+ +\d+.*$", done.stdout)
        whole = lines()
        first = lines("debug.stop_layer=block1.add", "debug.checkpoint=true")
        self.assertEqual(first + lines(f"debug.restart={self.path('checkpoint.msdc', 'v')}"), whole)
        self.assertTrue(0 < len(first) < len(whole))

    def test_the_check_of_a_restart_compares_what_is_left(self):
        self.run_quickstart("check.output=off", "check.min_top1=0", "debug.stop_layer=widen", "debug.checkpoint=true", out="cut")
        self.run_quickstart("check.output=reference", f"debug.restart={self.path('checkpoint.msdc', 'cut')}", out="rest")
        left = 2 * len(self.report("rest")["layers"]) - 2
        self.assertEqual(self.report("rest")["checks"][0]["message"], f"{left} tensors equal the integer reference")


class Damage(Control):
    def setUp(self):
        super().setUp()
        self.run_quickstart("debug.stop_layer=widen", "debug.checkpoint=true", images=1, out="cut")
        self.file = self.path("checkpoint.msdc", "cut")
        self.good = self.file.read_bytes()
        self.bad = self.folder / "bad.msdc"

    def refused_restart(self, content, *words):
        self.bad.write_bytes(content)
        self.refused(["bad.msdc", *words], "run", QUICKSTART, "--set", "network.images=1", "--set", f"debug.restart={self.bad}",
                     "--out", "o")

    def test_dump_tells_what_a_checkpoint_is_of(self):
        text = self.msd("dump", self.file).stdout
        for words in ("layer widen of image 0 is complete", "device = ultra96", "dram.preset = lpddr4_x32", "2 layers are complete"):
            self.assertIn(words, text)

    def test_a_checkpoint_of_another_run_is_refused(self):
        for setting, word in (("network.images=2", "images"), ("network.first=1", "images"), ("device.preset=zcu102", "device"),
                              ("device.outstanding=4", "device"), ("dram.preset=ideal", "dram.preset"),
                              ("schedule.lut_share=0.25", "program"), ("quant.effective_bits=3", "program")):
            flags = [f for s in ("network.images=1", setting, f"debug.restart={self.file}") for f in ("--set", s)]
            self.refused(["checkpoint.msdc", word, "restart the scenario"], "run", QUICKSTART, *flags, "--out", "o")

    def test_a_damaged_checkpoint_is_refused_whatever_is_damaged(self):
        draw = random.Random(11)
        for size in (0, 1, 7, 23, 24, 25, len(self.good) // 2, len(self.good) - 1):
            self.refused_restart(self.good[:size])
        self.refused_restart(self.good + b"\0")
        self.refused_restart(b"MSDPROG\n" + self.good[8:], "MSDCHECK")
        for at in [*range(0, 24, 3), len(self.good) - 1, *(draw.randrange(len(self.good)) for _ in range(30))]:
            flipped = bytearray(self.good)
            flipped[at] ^= 1 << draw.randrange(8)
            self.refused_restart(flipped)

    def test_a_state_that_is_too_short_or_too_long_is_refused_even_with_a_right_checksum(self):
        def packed(body):
            head = struct.pack("<8sI", b"MSDCHECK", 1)
            rest = struct.pack("<Q", len(body)) + body
            return head + struct.pack("<I", zlib.crc32(rest)) + rest[:8] + rest[8:]
        body = self.good[24:]
        self.assertEqual(packed(body), self.good)
        for short in (body[:-1], body[:len(body) // 2], body[:10], b"", body + b"\0"):
            self.refused_restart(packed(short))
        # Numbers of elements beyond what is there.
        self.refused_restart(packed(b"\xff" * 8 + body[8:]))

    def test_a_disk_without_room_for_the_checkpoint_leaves_no_half_file(self):
        (self.folder / "full/checkpoint.msdc").mkdir(parents=True)  # cannot be replaced by a file
        done = self.msd("run", QUICKSTART, "--set", "network.images=1", "--set", "debug.stop_layer=widen", "--set",
                        "debug.checkpoint=true", "--out", "full", "--quiet")
        self.assertEqual(done.returncode, 2)
        self.assertIn("checkpoint.msdc", done.stderr)
        self.assertEqual([p for p in self.folder.rglob("*.part")], [])


if __name__ == "__main__":
    unittest.main()
