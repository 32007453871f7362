"""`msd cost --mode original` against a second, plain implementation of the original's analysis (original_oracle.py)."""
import csv
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

import original_rows

ROOT = pathlib.Path(__file__).resolve().parents[2]
MSD = os.environ.get("MSD_PROGRAM", str(ROOT / "build/release/platform/cli/msd"))
DATA = pathlib.Path(os.environ.get("MSD_DATA", ROOT / "../shared/data")).resolve()
SKIPPED = 77
TEMPLATES = ("kcp_ws", "rs", "xp_ws", "ykp_os", "dpt", "nlr", "yxp_os", "ckp_ws", "maeri")


def random_layer(rnd, name):
    """A layer whose directives are sensible more often than not."""
    kind = rnd.choice(["CONV"] * 4 + ["DSCONV", "NGCONV", "TRCONV", "GEMM"])
    size, stride = {}, {}
    if kind == "GEMM":
        size = {d: rnd.choice([1, 2, 3, 7, 16, 33, 100, rnd.randint(1, 300)]) for d in "MNK"}
        loops = list("MNK")
    else:
        size = {d: rnd.choice([1, 3, 16, 64, rnd.randint(1, 200)]) for d in "KC"}
        size["R"] = rnd.choice([1, 1, 3, 3, 5, 7, 2, 11])
        size["S"] = rnd.choice([size["R"]] * 4 + [1, 3, 2])
        for d, kernel in (("Y", "R"), ("X", "S")):
            size[d] = rnd.choice([7, 8, 14, 28, rnd.randint(1, 60)]) + rnd.randint(0, 1) * (size[kernel] - 1)
            stride[d] = rnd.choice([1, 1, 1, 2, 2, 3, 4])
        if rnd.random() < 0.2:
            size["N"] = rnd.choice([1, 2, 4])
        if kind == "NGCONV":
            size["G"] = rnd.choice([1, 2, 8, 32])
        loops = [d for d in size if not (d == "K" and kind == "DSCONV") and not (d == "N" and rnd.random() < 0.3)]
    flow = []
    for level in range(rnd.choice([1, 1, 2, 2, 2, 3, 4])):
        if level > 0:
            flow.append(f"Cluster({rnd.choice([1, 2, 3, 4, 8, 16, 64])}, {rnd.choice('PL')});")
        mapped = [d for d in loops if rnd.random() < (0.5 if level else 0.8)] or [rnd.choice(loops)]
        rnd.shuffle(mapped)
        spatial = set(rnd.sample(mapped, min(len(mapped), rnd.choice([1, 1, 1, 1, 2]))))
        if kind != "GEMM" and rnd.random() < 0.15:  # row stationary
            mapped, spatial = [d for d in mapped if d not in "YR"] + ["Y", "R"], {"Y", "R"}
        for d in mapped:
            flow.append(("SpatialMap" if d in spatial else "TemporalMap") + random_tile(rnd, d, d in spatial, mapped, size, kind))
    strides = "Stride { " + ", ".join(f"{d}: {s}" for d, s in stride.items()) + " }" if stride and rnd.random() < 0.8 else ""
    dims = ", ".join(f"{d}: {n}" for d, n in size.items())
    body = "" if name != "L0" and rnd.random() < 0.15 else "Dataflow { " + " ".join(flow) + " }"  # else the layer before's
    return f"Layer {name} {{ Type: {kind} {strides} Dimensions {{ {dims} }} {body} }}\n"


def random_tile(rnd, d, spatial, mapped, size, kind):
    """(size, offset) DIM;"""
    if d in "RS":
        return f"(1,1) {d};" if spatial and rnd.random() < 0.8 else f"(Sz({d}),Sz({d})) {d};"
    if d in "XY":
        kernel = "S" if d == "X" else "R"
        tile = size[kernel] + rnd.randint(0, 6)
        outputs = kernel in mapped
        return rnd.choice([f"(Sz({kernel}),1) {d};"] * 4 + [f"({tile},{rnd.choice([tile, rnd.randint(1, tile), tile - size[kernel] + 1])}) {d};",
                           f"(1,1) {d};", f"(Sz({d}),Sz({d})) {d};"] + [f"({rnd.choice([1, 2, 8])},{rnd.choice([1, 2, 8])}) {d}';"] * outputs)
    tile = rnd.choice([1, 1, 2, 4, 16, 64, max(1, size[d] // 2), size[d], size[d] + 3])
    return f"({tile},{rnd.choice([tile] * 6 + [rnd.randint(1, tile), tile + 1])}) {d};"


class Original(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="msd_original_"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.equal = self.dead = 0

    def data(self, name):
        if not (DATA / name).exists():
            print(f"SKIPPED: no test data {name} (set MSD_DATA)")
            sys.exit(SKIPPED)
        return DATA / name

    def msd(self, *arguments):
        done = subprocess.run([MSD, "cost", *map(str, arguments)], cwd=self.folder, timeout=120, capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stderr)

    def cells(self, path):
        return [[cell.strip() for cell in row] for row in csv.reader((self.folder / path).read_text().splitlines()[1:])]

    def compare(self, mapping, hardware, *more):
        """The mapping's rows, cell by cell; where the original dies, a row of empty cells."""
        (self.folder / "hw.m").write_text("".join(f"{key}: {value}\n" for key, value in hardware.items()))
        self.msd(mapping, "hw.m", "--mode", "original", "-o", "out.csv", *more)
        text = (self.folder / mapping).read_text()
        got, want = self.cells("out.csv"), original_rows.rows(text, hardware)
        self.assertEqual(len(got), len(want))
        for row, cells in zip(got, want):
            if isinstance(cells, list):
                self.assertEqual(row, cells, f"{hardware}\n{text}")
                self.equal += 1
            else:
                self.assertEqual(row[3:], [""] * 49, f"{cells!r} {hardware}\n{text}")
                self.dead += 1

    def hardware(self, rnd):
        return {"num_pes": rnd.choice([1, 16, 32, 64, 128, 168, 256, 512, rnd.randint(1, 2000)]), "noc_bw_cstr": rnd.choice([1, 14, 100, 1000]),
                "NoC_NumHops": rnd.choice([0, 1, 1, 3]), "offchip_bw_cstr": rnd.choice([1, 7, 50, 300])}

    def random_mappings(self, seed, count):
        rnd = random.Random(seed)
        for _ in range(count):
            layers = "".join(random_layer(rnd, f"L{i}") for i in range(rnd.randint(1, 4)))
            (self.folder / "mapping.m").write_text(f"Network random {{\n{layers}}}\n")
            self.compare("mapping.m", self.hardware(rnd))

    def test_the_plain_analysis_prints_what_the_original_printed(self):
        for path in sorted(self.data("maestro/expected").glob("*.csv")):
            mapping, hw = path.stem.split("__")
            pairs = original_rows.words((DATA / f"maestro/hw/{hw}.m").read_text())
            hardware = {key: int(value) for key, value in zip(pairs[::2], pairs[1::2])}
            rows = original_rows.rows((DATA / f"maestro/mapping/{mapping}.m").read_text(), hardware)
            self.assertEqual(rows, self.cells(path), path.stem)

    def test_original_mode_equals_the_plain_analysis_on_random_mappings(self):
        self.random_mappings(1, 120)
        self.assertGreater(self.equal, 120)
        self.assertGreater(self.dead, 20)

    def test_original_mode_equals_the_plain_analysis_on_every_model_under_every_template(self):
        rnd = random.Random(1)
        for model in sorted(self.data("maestro/model").glob("*.m")):
            for template in TEMPLATES:
                if model.stem == "Transformer_Complete_model" and template not in ("kcp_ws", "rs"):
                    continue  # 288 layers
                hardware = {**self.hardware(rnd), "num_pes": rnd.choice([16, 32, 64, 128, 256, 512])}
                (self.folder / "hw.m").write_text("num_pes: 1\n")
                self.msd(model, "hw.m", "--template", template, "--mode", "original", "--write-mapping", "mapping.m", "-o", "out.csv")
                self.compare("mapping.m", hardware)
        self.assertGreater(self.equal, 2000)


class LongOriginal(Original):
    def test_original_mode_equals_the_plain_analysis_on_many_random_mappings(self):
        self.random_mappings(2, 5000)
        self.assertGreater(self.equal, 5000)


if __name__ == "__main__":
    unittest.main()
