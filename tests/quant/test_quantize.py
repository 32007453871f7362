"""`msd quantize`: the QDQ file it writes, in ONNX's checker and in an evaluation of its own; its options; bad input."""
import json
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/cli"), str(ROOT / "tests/quant")]
import with_onnx  # noqa: E402, F401
import numpy as np  # noqa: E402
import onnx  # noqa: E402
from test_cli import Case  # noqa: E402

import float_network  # noqa: E402
import image_files  # noqa: E402
import onnx_numpy  # noqa: E402


def naf_weight(v):
    """Non-zero digits of the non-adjacent form."""
    weight = 0
    while v:
        if v % 2:
            digit = 2 - v % 4
            v -= digit
            weight += 1
        v //= 2
    return weight


class Quantise(Case):
    def setUp(self):
        super().setUp()
        self.pixels = float_network.images(40)
        np.save(self.folder / "images.npy", self.pixels)

    def float_file(self, **keys):
        path = self.folder / "f.onnx"
        return path, float_network.save(path, **keys)

    def quantize(self, network, *arguments, out="q.onnx", calibrate=None):
        done = self.msd("quantize", network, "--calibrate", calibrate or f"npy:{self.folder}/images.npy", *arguments,
                        "-o", self.folder / out)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.folder / out

    def logits_on_the_platform(self, network, images=f"npy:images.npy", count=None):
        sets = [f"network.file={network}", f"network.input={images}"] + ([f"network.images={count}"] if count else [])
        flags = [f for s in sets for f in ("--set", s)]
        scenario = self.scenario("[check]\noutput = 'reference'\n")
        done = self.msd("run", scenario, *flags, "--out", self.folder / "run", "-q")
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return np.array([i["logits"] for i in self.report("run")["inputs"]])

    def test_the_qdq_file_passes_the_checker_and_numpy_computes_what_the_platform_does(self):
        for seed in (1, 2):
            path, model = self.float_file(seed=seed)
            real = onnx_numpy.evaluate(model, self.pixels)
            for arguments in (("1",), ("2",), ("3",), ("2", "--lut-share", "0"), ("3", "--lut-share", "1")):
                qdq = onnx.load(self.quantize(path, "--effective-bits", *arguments))
                onnx.checker.check_model(qdq, full_check=True)
                logits = onnx_numpy.evaluate(qdq, self.pixels)
                platform = self.logits_on_the_platform(self.folder / "q.onnx")
                tensors = {i.name: onnx.numpy_helper.to_array(i) for i in qdq.graph.initializer}
                last = [n for n in qdq.graph.node if n.op_type == "QuantizeLinear"][-1]
                scale, zero = (tensors[name] for name in last.input[1:3])
                steps = np.abs(np.rint(logits / scale + zero) - platform)
                # Float and integer rounding differ by a step here and there, and later layers carry it on.
                self.assertLessEqual(steps.max(), 4, arguments)
                self.assertGreater((steps <= 1).mean(), 0.9, arguments)
                if arguments[0] == "3":
                    error = np.abs(logits - real).mean() / np.abs(real - real.mean(axis=0)).mean()
                    self.assertLess(error, 0.25)

    def test_lut_channels_are_sums_of_so_many_signed_powers_and_metadata_say_which(self):
        path, _ = self.float_file()
        for digits in (1, 2, 3):
            model = onnx.load(self.quantize(path, "--effective-bits", digits, "--lut-share", "0.5"))
            metadata = {p.key: p.value for p in model.metadata_props}
            tensors = {i.name: onnx.numpy_helper.to_array(i) for i in model.graph.initializer}
            assigned = 0
            for conv in (n for n in model.graph.node if n.op_type in ("Conv", "Gemm")):
                text = metadata["msd.digits:" + conv.name]
                dequantize = next(n for n in model.graph.node if conv.input[1] in n.output)
                weights = tensors[dequantize.input[0]]
                self.assertEqual(len(text), len(weights))
                self.assertEqual(text.count(str(digits)), round(0.5 * len(text)))
                for channel, digit in zip(weights, text):
                    if digit != "0":
                        self.assertLessEqual(max(naf_weight(int(v)) for v in channel.flat), digits)
                        assigned += 1
            self.assertGreater(assigned, 30)

    def test_every_option_changes_the_network_as_it_says(self):
        path, model = self.float_file(spread=1.0)
        real = onnx_numpy.evaluate(model, self.pixels)
        plain = self.quantize(path, "--effective-bits", "1").read_bytes()

        def error(*arguments):
            q = self.quantize(path, "--effective-bits", "1", *arguments)
            self.assertEqual(q.read_bytes() == plain, not arguments)
            return np.abs(onnx_numpy.evaluate(onnx.load(q), self.pixels) - real).mean()

        base = error()
        for arguments in (("--ranges", "percentile"), ("--ranges", "mse"), ("--scales", "published"),
                          ("--ranges", "percentile", "--percentile", "90"), ("--calibration-images", "3"),
                          ("--device", "zcu102", "--lut-share", "0.25")):
            error(*arguments)
        self.assertLess(error("--bias-correction"), 0.8 * base)
        # int8: channels of unequal magnitude are what equalisation is for.
        eights = [np.abs(onnx_numpy.evaluate(onnx.load(self.quantize(path, "--effective-bits", "1", "--lut-share", "0",
                                                                     *more)), self.pixels) - real).mean()
                  for more in ((), ("--equalise",))]
        self.assertLess(eights[1], eights[0])

    def test_channels_that_lose_most_by_their_digits_lie_where_int8_is(self):
        fresh, apart = float_network.images(40, seed=8), np.zeros(2)
        for seed in range(1, 6):
            path, model = self.float_file(seed=seed)
            files = []
            for i, more in enumerate(((), ("--keep-order",))):
                q = onnx.load(self.quantize(path, "--effective-bits", "1", "--lut-share", "0.5", *more))
                files.append({p.key: p.value for p in q.metadata_props})
                apart[i] += np.abs(onnx_numpy.evaluate(q, fresh) - onnx_numpy.evaluate(model, fresh)).mean()
        self.assertLess(apart[0], 0.8 * apart[1], apart)
        orders = {k: [int(n) for n in v.split(",")] for k, v in files[0].items() if k.startswith("msd.order:")}
        self.assertFalse([k for k in files[1] if k.startswith("msd.order:")])
        self.assertGreaterEqual(len(orders), 2)
        self.assertNotIn("msd.order:logits", orders)  # answers stay where they are
        for order in orders.values():
            self.assertEqual(sorted(order), list(range(len(order))))
        # The residual block: what is added shares one order.
        self.assertEqual(orders["msd.order:pointwise"], orders["msd.order:mix"])
        self.assertEqual(orders["msd.order:depthwise"], orders["msd.order:mix"])
        # Of equal places: the file's digits are by place, the first half of each layer's.
        self.assertEqual(files[0]["msd.digits:mix"], "1" * 8 + "0" * 8)

    def test_a_run_quantises_as_the_command_does(self):
        path, _ = self.float_file()
        for network, calibrate in ((path, True), (ROOT / "scenarios/quickstart.onnx", False)):
            images = f"npy:{self.folder}/images.npy" if calibrate else "shapes"
            done = self.msd("quantize", network, "--effective-bits", "1", "--lut-share", "0.5", "-o", "q.onnx",
                            *(("--calibrate", images) if calibrate else ()))
            self.assertEqual(done.returncode, 0, done.stderr)
            reports = []
            for file, keys in (("q.onnx", []), (network, ["quant.effective_bits=1", "schedule.lut_share=0.5"])):
                self.run_scenario(self.scenario(""), f"network.file={file}", f"network.input={images}",
                                  *(() if calibrate else ("network.images=10",)), *keys)
                reports.append([i["logits"] for i in self.report("o")["inputs"]])
            self.assertEqual(reports[0], reports[1])

    def test_all_int8_is_an_assignment_too_and_runs_as_such(self):
        path, _ = self.float_file()
        qdq = onnx.load(self.quantize(path, "--effective-bits", "2", "--lut-share", "0"))
        self.logits_on_the_platform(self.folder / "q.onnx", count=1)
        self.assertEqual(self.report("run")["totals"]["lut_busy_cycles"], 0)
        self.assertIn("0" * 16, [p.value for p in qdq.metadata_props])

    def test_python_batches_and_folders_give_what_the_binary_records_give(self):
        random = np.random.RandomState(9)
        images, labels = random.randint(0, 256, (6, 3, 32, 32)), np.arange(6)
        network = self.folder / "q.onnx"
        network.write_bytes((ROOT / "scenarios/quickstart.onnx").read_bytes())
        (self.folder / "b.bin").write_bytes(image_files.cifar_binary(images, labels))
        expected = self.logits_on_the_platform(network, "cifar10:b.bin")
        image_files.folder(self.folder / "classes", images, labels)
        np.testing.assert_array_equal(self.logits_on_the_platform(network, "folder:classes"), expected)
        self.assertEqual([i["label"] for i in self.report("run")["inputs"]], list(range(6)))
        for protocol in (2, 3, 4, 5):
            for bytes_keys in (False, True):
                batch = image_files.cifar_pickle(images, labels, protocol, bytes_keys)
                (self.folder / "p").write_bytes(batch)
                np.testing.assert_array_equal(self.logits_on_the_platform(network, "cifar10:p"), expected)

    def test_bad_weights_and_bad_calibration_are_refused_and_nothing_is_written(self):
        path, _ = self.float_file()
        before = sorted(self.folder.iterdir())

        def refused(words, *arguments):
            done = self.msd("quantize", *arguments, "--effective-bits", "2", "-o", self.folder / "out.onnx")
            self.assertEqual(done.returncode, 2, done.stderr)
            for word in words:
                self.assertIn(word, done.stderr)
            self.assertEqual([p for p in sorted(self.folder.iterdir()) if p.suffix in (".onnx", ".part")],
                             [p for p in before if p.suffix == ".onnx"] + poisoned)

        poisoned = []
        refused(["--calibrate"], path)
        (self.folder / "empty.bin").write_bytes(b"")
        refused(["empty.bin"], path, "--calibrate", "cifar10:empty.bin")
        (self.folder / "empty").mkdir()
        refused(["empty", "holds no image"], path, "--calibrate", "folder:empty")
        refused(["none.npy"], path, "--calibrate", "npy:none.npy")
        np.save(self.folder / "nan.npy", np.full((2, 3, 12, 12), np.nan, np.float32))
        refused(["nan.npy"], path, "--calibrate", "npy:nan.npy")
        np.save(self.folder / "small.npy", np.zeros((2, 3, 8, 8), np.float32))
        refused(["small.npy"], path, "--calibrate", "npy:small.npy")
        for number in (float("nan"), float("inf")):
            bad = self.folder / "nan.onnx"
            float_network.save(bad, poison=number)
            poisoned = [bad]
            refused(["mix", "finite"], bad, "--calibrate", f"npy:{self.folder}/images.npy")


class Photographs(Case):
    def test_resnet8_in_int8_is_at_most_three_of_500_below_float(self):
        network, train = self.need("onnx/resnet8_float.onnx"), self.need("cifar10/train_5085.bin")
        test = self.need("cifar10/test_500.bin")
        right = {}
        for name, arguments in (("int8", ["2", "--lut-share", "0"]), ("EB 3", ["3"]), ("EB 2", ["2"])):
            done = self.msd("quantize", network, "--calibrate", f"cifar10:{train}", "--effective-bits", *arguments,
                            "-o", "q.onnx")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.run_scenario(self.scenario(""), f"network.file={self.folder}/q.onnx", f"network.input=cifar10:{test}")
            right[name] = json.loads((self.folder / "o/report.json").read_text())["accuracy"]["correct"]
        print("of 500 photographs right:", right)
        self.assertGreaterEqual(right["int8"], 445 - 3)  # float: 445, docs/accuracy.md
        self.assertGreaterEqual(right["EB 3"], 445 - 5)
        self.assertGreaterEqual(right["EB 2"], 425)


if __name__ == "__main__":
    unittest.main()
