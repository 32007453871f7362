"""Checkpoints of large networks, on three boards."""
import unittest

from runs import ROOT
from test_control import Control


class Long(Control):
    def test_resnet18_and_mobilenetv2_go_on_from_their_layers_on_three_memories(self):
        for scenario, layers in (("resnet18_ultra96", (0, 7, 19)), ("resnet18_xc7z020", (3, 12)), ("resnet18_zcu102", (5,)),
                                 ("mobilenetv2_ultra96", (1, 25, 50))):
            self.need("msd/models/resnet18.csv")
            path, sets = ROOT / f"scenarios/{scenario}.toml", ("trace.perfetto=true",)
            self.run_scenario(path, "network.images=1", *sets, out="whole")
            names = [layer["name"] for layer in self.report("whole")["layers"]]
            for layer in layers:
                self.cut("whole", f"debug.stop_layer={names[layer]}", images=1, sets=sets, scenario=path)


if __name__ == "__main__":
    unittest.main()
