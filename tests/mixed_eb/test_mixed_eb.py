"""`msd explore` of kind mixed_eb: the published greedy against a rerun with numpy, and our search on a small network."""
import csv
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/cli"), str(ROOT / "tests/quant")]
import with_onnx  # noqa: E402, F401
import numpy as np  # noqa: E402
from test_cli import Case  # noqa: E402

import float_network  # noqa: E402
import image_files  # noqa: E402


def published_rerun(columns, layers, baseline, steps, firsts, target):
    """The artefact's two loops, with numpy's own argsort; the state before the first step beyond the target."""
    def speedup(cycles):
        return baseline / sum(float(c) for c in cycles)

    eb1, eb2, eb3 = ([str(c) for c in column[:layers]] for column in columns)
    before = (speedup(eb3), [3] * layers)
    for to, start, goal, count, first in ((2, eb3, eb2, steps[0], firsts[0]), (1, eb2, eb1, steps[1], firsts[1])):
        cycles, bits = list(start), [to + 1] * layers
        if to == 1:
            if speedup(cycles) > target:
                return before
            before = (speedup(cycles), list(bits))
        for i in range(count):
            layer = np.argsort(cycles)[first - i]
            cycles[layer], bits[layer] = goal[layer], to
            if speedup(cycles) > target:
                return before
            before = (speedup(cycles), list(bits))
    return before if speedup(eb1) > target else (speedup(eb1), [1] * layers)


class Published(Case):
    def explore(self, tables, tradeoff):
        spec = self.folder / "p.toml"
        spec.write_text("kind = 'mixed_eb'\nmethod = 'published'\n[published]\ntables = [%s]\ntradeoff = '%s'\n"
                        % (", ".join(f"'{t}'" for t in tables), tradeoff))
        done = self.msd("explore", spec, "-o", self.folder / "o")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.folder / "o/published.csv") as file:
            return done, list(csv.DictReader(file))

    def test_the_published_greedy_is_what_numpy_gives_on_tables_with_equal_layers(self):
        random = np.random.RandomState(3)
        tables, rows = [], []
        for n in range(12):
            layers = int(random.randint(1, 60))
            base = random.randint(20, 3000, (layers, 1))[random.randint(0, layers, layers)]  # equal rows
            columns = (base * np.array([[1.0, 1.7, 2.3]])).astype(int).T
            baseline = int(2.5 * columns[2].sum())
            table = self.folder / f"u_net{n}.csv"
            table.write_text("".join(f"l{l},{columns[e][l]}\n" for l in range(layers) for e in range(3))
                             + f"baseline latency cycles: {baseline}\n")
            tables.append(table)
            for target in random.uniform(2.3, 7, 8):
                rows.append((f"net{n}", target, columns, layers, baseline))
        tradeoff = self.folder / "r.csv"
        tradeoff.write_text("model,target_speedup,top1_percent,reported_speedup,eb_per_layer\n"
                            + "".join(f"{name},{target},50,1,\n" for name, target, *_ in rows))
        _, got = self.explore(tables, tradeoff)
        self.assertEqual(len(got), len(rows))
        for row, (name, target, columns, layers, baseline) in zip(got, rows):
            speedup, bits = published_rerun(columns, layers, baseline, (2 * layers, 2 * layers),
                                            (layers - 1, layers - 1), target)
            self.assertEqual(row["eb"], " ".join(map(str, bits)), (name, target))
            self.assertAlmostEqual(float(row["speedup"]), speedup, places=5)

    def test_eleven_of_twelve_published_trade_offs_are_states_of_the_greedy(self):
        tables = [self.need(f"msd/layer_latency_by_eb/ultra96_{n}.csv") for n in ("vgg16", "resnet50")]
        done, rows = self.explore(tables, self.need("msd/published_tradeoff.csv"))
        self.assertIn("of 12 published results reproduced, 11 are states of the greedy", done.stdout)
        other = [(r["model"], r["target_speedup"]) for r in rows if not r["states_earlier"]]
        self.assertEqual(other, [("vgg16", "2")])


class Search(Case):
    def small(self):
        """A float network, images of ten classes, and the spec of a search on them."""
        float_network.save(self.folder / "f.onnx", seed=5)
        images, labels = float_network.images(50, seed=6), np.arange(50) % 10
        for name, part in (("search", slice(0, 30)), ("judge", slice(30, 50))):
            image_files.folder(self.folder / name, images[part], labels[part])
        spec = self.folder / "m.toml"
        spec.write_text("kind = 'mixed_eb'\n[network]\nfile = 'f.onnx'\nsearch = 'folder:search'\njudge = "
                        "'folder:judge'\n[search]\npoints = 3\nrefine = 0\nvisit_tiles = 100\n")
        return spec

    def test_each_point_of_the_front_runs_on_the_platform_as_the_search_measured_it(self):
        spec = self.small()
        done = self.msd("explore", spec, "-o", self.folder / "o", "-q")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.folder / "o/front.csv") as file:
            rows = list(csv.DictReader(file))
        ours = [r for r in rows if r["search"] == "ours"]
        self.assertGreaterEqual(len(ours), 2)
        self.assertGreaterEqual(len(rows) - len(ours), 3)
        for before, row in zip(ours, ours[1:]):
            self.assertGreaterEqual(int(row["cycles"]), int(before["cycles"]))
            self.assertLess(float(row["loss"]), float(before["loss"]))
        for row in (ours[0], ours[-1]):
            self.run_scenario(self.folder / "o" / (row["point"] + ".toml"), out=row["point"])
            self.assertEqual(self.report(row["point"])["accuracy"]["correct"], int(row["held_out_right"]))
            self.assertEqual(len(self.report(row["point"])["inputs"]), 20)
        svg = (self.folder / "o/front.svg").read_text()
        self.assertEqual(svg.count("<circle"), len(rows) + 2)

    def test_a_spec_without_images_or_with_an_unknown_key_is_refused(self):
        spec = self.small()
        text = spec.read_text()
        for change, words in ((("judge = 'folder:judge'\n", ""), ["network.judge", "is missing"]),
                              (("points = 3", "pionts = 4"), ["pionts", "points"]),
                              (("points = 3", "points = 0"), ["search.points"]),
                              (("folder:search", "folder:none"), ["none", "no such folder"]),
                              (("f.onnx", "g.onnx"), ["g.onnx"]),
                              (("'f.onnx'", "\"it's.onnx\""), ["no file", "it's.onnx"])):
            spec.write_text(text.replace(*change))
            done = self.msd("explore", spec, "-o", self.folder / "o")
            self.assertEqual(done.returncode, 2, done.stderr)
            for word in words:
                self.assertIn(word, done.stderr)
            self.assertEqual(list(self.folder.rglob("*.csv")), [])


if __name__ == "__main__":
    unittest.main()
