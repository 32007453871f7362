"""The published search of `msd schedule --style fccm23` against an independent one, field for field."""
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import published_search as published  # noqa: E402

MSD = os.environ.get("MSD_PROGRAM", str(ROOT / "build/release/platform/cli/msd"))
DATA = pathlib.Path(os.environ.get("MSD_DATA", ROOT / "../shared/data")).resolve()
HEADER = "name,ifh,ifw,fh,fw,C,K,stride,\n"


def schedule(table, device, digits):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([MSD, "schedule", str(table), "--device", device, "--style", "fccm23", "-o", folder,
                               "--effective-bits", str(digits)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return done.stderr
        lines = (pathlib.Path(folder) / "schedule.csv").read_text().splitlines()
    return [[cell.strip() for cell in line.split(",")] for line in lines]


class SearchTest(unittest.TestCase):
    def compare(self, layers, device, digits):
        """layers: (name, K, H, C, filter height, filter width, stride), square inputs."""
        hardware = published.DEVICES[device]
        solved = {}
        text = HEADER
        for name, k, h, c, fh, fw, stride in layers:
            size = (h - 1) * stride + fh
            text += f"{name},{size},{size},{fh},{fw},{c},{k},{stride},\n"
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as table:
            table.write(text)
            table.flush()
            got = schedule(table.name, device, digits)
        self.assertIsInstance(got, list, got)
        self.assertEqual(len(got), len(layers))
        for (name, *layer), row in zip(layers, got):
            if tuple(layer) not in solved:
                search = published.Search(hardware, digits, layer)
                search.run()
                solved[tuple(layer)] = search.row()
            self.assertEqual(row, [name, *solved[tuple(layer)]], f"{device} EB {digits} {layer}")

    def test_random_layers_come_out_as_an_independent_search_finds_them(self):
        draw = random.Random(20230)
        for round_ in range(12):
            device = draw.choice(sorted(published.DEVICES))
            digits = draw.choice((1, 2, 2, 3))
            layers = []
            while len(layers) < 6:
                kernel = draw.choice((1, 1, 3, 3, 5))
                depthwise = draw.random() < 0.3
                layer = (draw.choice((16, 24, 32, 40, 50, 64)), draw.choice((1, 2, 4, 5, 7, 8, 9, 13, 14, 18)),
                         1 if depthwise else draw.choice((3, 4, 7, 16, 24, 32, 40)), kernel, kernel,
                         draw.choice((1, 2)))
                search = published.Search(published.DEVICES[device], digits, layer)
                if search.run():
                    layers.append((f"l{len(layers)}", *layer))
            self.compare(layers, device, digits)

    def test_small_layers_of_the_published_networks_come_out_as_an_independent_search_finds_them(self):
        models = DATA / "msd/models"
        if not models.exists():
            print("SKIPPED: no test data msd/models (set MSD_DATA)")
            sys.exit(77)
        most = int(os.environ.get("MSD_FCCM23_CANDIDATES", "20000"))  # a layer; the whole networks need 10^9
        for model in sorted(models.glob("*.csv")):
            rows = published.read_model(model)
            for device in published.DEVICES:
                small, total = [], 0
                for row in rows:
                    _, k, h, c, fh, fw, stride = row
                    search = published.Search(published.DEVICES[device], 2, row[1:])
                    channels = [x for x in range(min(k, 512), 3 if c == 1 else 15, -2) if published.up(k, x) <= x / 2]
                    loops = sum(x // 2 for x in channels) * len(search.outputs())
                    loops *= 1 if c == 1 else len(search.inputs())
                    if loops <= most and total + loops <= 5 * most and row[1:] not in [s[1:] for s in small]:
                        small.append(row)
                        total += loops
                if small:
                    self.compare(small, device, 2)


if __name__ == "__main__":
    unittest.main()
