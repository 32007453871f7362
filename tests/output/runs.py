"""Runs of the quickstart that the tests of this folder look at, and readers of their files."""
import csv
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/cli"))
from test_cli import DATA, MSD, QUICKSTART, Case  # noqa: E402  (one way to call msd for all tests)

__all__ = ["DATA", "MSD", "QUICKSTART", "ROOT", "Run"]


class Run(Case):
    """Case whose runs are of the quickstart."""

    def run_quickstart(self, *sets, images=2, out="o", status=0, timeout=120):
        return self.run_scenario(QUICKSTART, f"network.images={images}", *sets, out=out, status=status, timeout=timeout)

    def run_small(self, model, *sets, out="o", timeout=120):
        """One image on arrays of the size that the RTL is built with."""
        if not list((pathlib.Path(MSD).resolve().parents[2] / "rtl_models").glob("*.so")):
            self.skipTest("the RTL is not built (package verilator)")
        self.run_quickstart("device.preset=tiny", "dram.preset=lpddr4_x32", "check.min_top1=0", f"pe.model={model}", *sets, images=1, out=out,
                            timeout=timeout)

    def path(self, name, out="o"):
        return self.folder / out / name

    def latency(self, out="o"):
        with open(self.path("latency.csv", out), newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            for key in ("image", "tile", "start_cycle", "end_cycle", "stall_cycles", "bytes"):
                row[key] = int(row[key])
        return rows

    def trace(self, out="o"):
        return json.loads(self.path("trace.json", out).read_text())

    def names(self, out="o"):
        return sorted(p.name for p in (self.folder / out).iterdir())
