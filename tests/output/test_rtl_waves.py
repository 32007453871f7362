"""The RTL's own waveform: on the same time axis, with the interrupt's edge where the report has it."""
import unittest

import vcd_reader
from runs import Run

PERIOD = 10_000  # ps, of 100 MHz
WINDOW = (18_000, 19_000)  # cycles in which the first layer ends


class RtlWaves(Run):
    def test_the_rtl_s_interrupt_rises_where_the_report_s_layer_ends(self):
        window = (f"trace.from_cycle={WINDOW[0]}", f"trace.to_cycle={WINDOW[1]}", "trace.vcd=true")
        for model in ("tlm", "rtl"):
            self.run_small(model, *window, out=model, timeout=1500)  # builds the traced RTL, once
        layer = self.report("rtl")["layers"][0]
        self.assertTrue(WINDOW[0] < layer["end_cycle"] < WINDOW[1])
        edge = (layer["end_cycle"] + 1) * PERIOD
        text = self.path("rtl.vcd", "rtl").read_text()
        self.assertNotIn("$date", text)
        name, times, time, scopes = None, [], 0, set()
        for line in text.splitlines():
            words = line.split()
            if words[:1] == ["$scope"]:
                scopes.add(words[2])
            elif words[:1] == ["$var"] and words[4] == "irq_o" and name is None:
                name = words[3]
            elif line.startswith("#"):
                time = int(line[1:])
            elif name and line == "1" + name:
                times.append(time)
        self.assertEqual(times, [edge])
        self.assertLessEqual({"accelerator", "u_core", "u_post", "u_shell"}, scopes)
        self.assertEqual(self.path("wave.vcd", "rtl").read_bytes(), self.path("wave.vcd", "tlm").read_bytes())
        _, signals, _ = vcd_reader.read(self.path("wave.vcd", "rtl").read_text())
        self.assertEqual(signals["soc.irq"].edges(1), [edge])


if __name__ == "__main__":
    unittest.main()
