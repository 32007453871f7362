"""`./msd train`: builds the trainer on first use, trains, resumes, and refuses bad data. Minutes long: the label is long."""
import csv
import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/cli"), str(ROOT / "tests/quant")]
import with_onnx  # noqa: E402, F401
import numpy as np  # noqa: E402
import onnx  # noqa: E402
from test_cli import Case, SKIPPED  # noqa: E402

if not pathlib.Path("/usr/include/torch").exists():
    print("SKIPPED: no LibTorch (libtorch-dev)")
    sys.exit(SKIPPED)
import float_network  # noqa: E402
import image_files  # noqa: E402
import onnx_numpy  # noqa: E402


class Training(Case):
    def train(self, *arguments):
        return subprocess.run([str(ROOT / "msd"), "train", *map(str, arguments)], cwd=self.folder, capture_output=True,
                              text=True, env=dict(os.environ, MSD_NO_INSTALL="1"), timeout=3000, check=False)

    def spec(self, more=""):
        model = float_network.save(self.folder / "f.onnx", seed=5)
        images = float_network.images(200, seed=6)
        answers = onnx_numpy.evaluate(model, images).argmax(1)
        # Ten classes in both sets, or the folders' numbers would not be the network's: every label once at least.
        labels = np.where(np.arange(200) % 100 < 10, np.arange(200) % 10, answers)
        image_files.folder(self.folder / "train", images[:100], labels[:100])
        image_files.folder(self.folder / "test", images[100:], labels[100:])
        path = self.folder / "t.toml"
        path.write_text("[network]\nfile = 'f.onnx'\ninput = 'folder:train'\n[quant]\neffective_bits = 1\n[train]\n"
                        f"test = 'folder:test'\nepochs = 6\nrate = 2e-3\nbatch = 10\n{more}")
        return path

    def test_the_loss_falls_and_what_is_written_is_a_network_that_other_tools_open(self):
        done = self.train(self.spec(), "-o", self.folder / "o")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("of 100 test images right", done.stdout)
        with open(self.folder / "o/training.csv") as file:
            losses = [float(row["loss"]) for row in csv.DictReader(file)]
        self.assertEqual(len(losses), 6)
        self.assertLess(losses[-1], 0.7 * losses[0])
        onnx.checker.check_model(onnx.load(self.folder / "o/model.onnx"), full_check=True)
        again = self.train(self.folder / "t.toml", "-o", self.folder / "p")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual((self.folder / "o/model.onnx").read_bytes(), (self.folder / "p/model.onnx").read_bytes())
        resumed = self.train(self.folder / "t.toml", "-o", self.folder / "o")  # all epochs are in the checkpoint
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertEqual((self.folder / "o/model.onnx").read_bytes(), (self.folder / "p/model.onnx").read_bytes())
        other = self.train(self.folder / "t.toml", "--set", "train.rate=1e-3", "-o", self.folder / "o")
        self.assertEqual(other.returncode, 2)
        self.assertIn("other settings", other.stderr)

    def test_every_method_trains(self):
        spec = self.spec()
        for method in ("rsd", "int8", "lsq+", "low_bit"):
            done = self.train(spec, "--set", f"train.method={method}", "--set", "train.epochs=1", "-o",
                              self.folder / method)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue((self.folder / method / "model.onnx").exists())

    def test_training_starts_from_a_network_that_is_given(self):
        spec = self.spec()
        done = self.train(spec, "--set", "train.epochs=0", "-o", self.folder / "o")
        self.assertEqual(done.returncode, 0, done.stderr)
        start = self.folder / "o/start.onnx"
        for out, more in (("p", [f"train.start={start}"]), ("q", [f"train.start={start}", "schedule.lut_share=0"])):
            done = self.train(spec, "--set", "train.epochs=1", *(w for m in more for w in ("--set", m)), "-o",
                              self.folder / out)
            self.assertEqual(done.returncode, 0, done.stderr)
            given, taken = (onnx.load(f) for f in (start, self.folder / out / "start.onnx"))
            self.assertEqual(list(given.graph.initializer), list(taken.graph.initializer))
            self.assertEqual(list(given.metadata_props), list(taken.metadata_props))
        self.assertEqual((self.folder / "p/model.onnx").read_bytes(), (self.folder / "q/model.onnx").read_bytes())

    def test_bad_data_is_refused_and_leaves_no_network(self):
        spec = self.spec()
        float_network.save(self.folder / "nan.onnx", poison=float("nan"))
        (self.folder / "empty").mkdir()
        (self.folder / "train.bin").write_bytes(b"\0" * 3072)
        for change, words in (("network.file=nan.onnx", ["mix", "finite"]),
                              ("network.input=folder:empty", ["empty", "no image"]),
                              ("network.input=cifar10:train.bin", ["train.bin", "3x32x32"]),
                              ("network.input=random", ["no training images"]),
                              ("quant.equalise=true", ["quant.equalise", "quantisation alone"]),
                              ("train.method=sgd", ["train.method"]),
                              ("train.start=none.onnx", ["train.start", "no file", "none.onnx"]),
                              ("train.start=f.onnx", ["f.onnx", "msd quantize"]),
                              (f"train.start={ROOT / 'scenarios/quickstart.onnx'}", ["not the quantised form"])):
            done = self.train(spec, "--set", change, "-o", self.folder / "o")
            self.assertEqual(done.returncode, 2, done.stderr)
            for word in words:
                self.assertIn(word, done.stderr)
            self.assertFalse((self.folder / "o/model.onnx").exists())
        for n in range(12):  # eleven classes, but the network tells ten apart
            image_files.folder(self.folder / "many", float_network.images(1), [n])
        done = self.train(spec, "--set", "network.input=folder:many", "-o", self.folder / "o")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("label is 10", done.stderr)

    def test_the_quickstart_network_is_made_by_one_command_and_right_on_97_of_100_drawings(self):
        for name in ("a", "b"):
            self.assertEqual(self.train("quickstart", self.folder / f"{name}.onnx", 30).returncode, 0)
        self.assertEqual((self.folder / "a.onnx").read_bytes(), (self.folder / "b.onnx").read_bytes())
        done = self.train("quickstart", self.folder / "q.onnx")
        self.assertEqual(done.returncode, 0, done.stderr)
        right = int(re.search(r"int8 (\d+) right", done.stdout).group(1))
        print("of 1000 fresh drawings right:", right)
        self.assertGreaterEqual(right, 970)


if __name__ == "__main__":
    unittest.main()
