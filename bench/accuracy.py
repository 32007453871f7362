#!/usr/bin/env python3
"""Measures docs/accuracy.md: right answers of ResNet-8 on photographs, after quantisation, training and mixed-EB search.

bench/accuracy.py --msd build/train/platform/cli/msd [--data DIR] [-o docs/accuracy.md] [--json FILE] [--seeds 3]
                  [--only REGEX]  measures what it matches, into FILE, and writes no page

The program must have its trainer beside it (./msd train builds both). Every network is run on the simulated platform, so
each answer is the hardware's, bit for bit; the float network is evaluated by tests/quant/onnx_numpy.py. Training takes
about a minute of CPU a network. Needs python3-numpy and python3-onnx."""
import argparse
import csv
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/quant"))
CALIBRATED, HELD = 64, 2000  # training images that calibrate; the last so many, that do not
POST_TRAINING = {  # name: arguments of msd quantize
    "int8": ["--effective-bits", 2, "--lut-share", 0],
    **{f"EB {n}, the schedule's split": ["--effective-bits", n] for n in (3, 2, 1)},
    **{f"EB {n}, half of the channels": ["--effective-bits", n, "--lut-share", 0.5] for n in (3, 2, 1)},
    **{f"EB {n}, half of the channels, order kept": ["--effective-bits", n, "--lut-share", 0.5, "--keep-order"]
       for n in (3, 2, 1)},
    **{f"EB {n}, all channels": ["--effective-bits", n, "--lut-share", 1] for n in (3, 2, 1)},
}
OPTIONS = {  # name: further arguments of msd quantize
    "as it comes": [],
    "ranges of 99.99 %": ["--ranges", "percentile"],
    "ranges of least error": ["--ranges", "mse"],
    "published weight scales": ["--scales", "published"],
    "equalised": ["--equalise"],
    "biases corrected": ["--bias-correction"],
    "order kept": ["--keep-order"],
}
TWICE = {  # the published way: the weights of resnet8_int8.onnx encoded again
    f"EB {n}, all channels, int8 encoded again": ["--effective-bits", n, "--lut-share", 1, "--scales", "published",
                                                 "--keep-order"] for n in (3, 2, 1)}
TRAINED = {  # name: (keys of msd train, the post-training network it is set beside)
    "EB 2, the schedule's split": (["quant.effective_bits=2"], "EB 2, the schedule's split"),
    "EB 1, the schedule's split": (["quant.effective_bits=1", "train.rate=1e-3", "train.epochs=5"],
                                   "EB 1, the schedule's split"),
    "EB 2, all channels": (["quant.effective_bits=2", "schedule.lut_share=1"], "EB 2, all channels"),
    "EB 2, all channels, int8 encoded again": (["train.start={twice}"], "EB 2, all channels, int8 encoded again"),
    "LSQ+, 8 bits": (["train.method=lsq+"], "int8"),
}


class Bench:
    def __init__(self, msd, data):
        self.msd, self.data = pathlib.Path(msd).resolve(), data
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="msd_accuracy_"))
        self.network, self.integers = data / "onnx/resnet8_float.onnx", data / "onnx/resnet8_int8.onnx"
        self.train, self.test = data / "cifar10/train_5085.bin", data / "cifar10/test_500.bin"

    def call(self, *arguments):
        env = dict(os.environ, MSD_DATA=str(self.data), SYSTEMC_DISABLE_COPYRIGHT_MESSAGE="1")
        done = subprocess.run([str(self.msd), *map(str, arguments)], capture_output=True, text=True, env=env, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"msd {' '.join(map(str, arguments))}: exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def records(self, path):
        return path.stat().st_size // 3073

    def right(self, network, images, *sets):
        """'1' or '0' for each image, as the platform answers."""
        scenario, out = self.folder / "s.toml", self.folder / "run"
        scenario.write_text("")
        keys = [f"network.file={network}", f"network.input=cifar10:{images}", *sets]
        self.call("run", scenario, *[f for key in keys for f in ("--set", key)], "--out", out, "-q")
        report = json.loads((out / "report.json").read_text())
        return "".join("01"[i["label"] == i["predicted"]] for i in report["inputs"])

    def judged(self, network):
        return {"test": self.right(network, self.test),
                "held": self.right(network, self.train, f"network.first={self.records(self.train) - HELD}",
                                   f"network.images={HELD}")}

    def float_answers(self):
        import numpy as np
        import onnx
        import onnx_numpy
        model, answers = onnx.load(self.network), {}
        for name, path, skip in (("test", self.test, 0), ("held", self.train, self.records(self.train) - HELD)):
            records = np.fromfile(path, np.uint8).reshape(-1, 3073)[skip:]
            images = records[:, 1:].reshape(-1, 3, 32, 32)
            best = np.concatenate([onnx_numpy.evaluate(model, part).argmax(1)
                                   for part in np.array_split(images, len(images) // 50)])
            answers[name] = "".join("01"[int(a == b)] for a, b in zip(best, records[:, 0]))
        return answers

    def quantised(self, arguments):
        out = self.folder / "q.onnx"
        self.call("quantize", self.network, "--calibrate", f"cifar10:{self.train}", *arguments, "-o", out)
        return self.judged(out)

    def encoded_again(self, arguments):
        out = self.folder / "twice.onnx"
        self.call("quantize", self.integers, *arguments, "-o", out)
        return out

    def trained(self, keys, seed):
        out = self.folder / "trained"
        if any("{twice}" in key for key in keys):
            twice = self.encoded_again(TWICE["EB 2, all channels, int8 encoded again"])
            keys = [key.format(twice=twice) for key in keys]
        shutil.rmtree(out, ignore_errors=True)
        sets = [f for key in [*keys, f"seed={seed}"] for f in ("--set", key)]
        self.call("train", ROOT / "scenarios/resnet8_train.toml", *sets, "-o", out, "--quiet")
        with open(out / "training.csv", newline="") as file:
            losses = [float(row["loss"]) for row in csv.DictReader(file)]
        return {**self.judged(out / "model.onnx"), "losses": losses}

    def mixed(self):
        out = self.folder / "mixed"
        self.call("explore", ROOT / "scenarios/explore/resnet8_mixed_eb.toml", "-o", out, "-q")
        with open(out / "front.csv", newline="") as file:
            front = list(csv.DictReader(file))
        with open(out / "dominance.csv", newline="") as file:
            return {"front": front, "dominance": list(csv.DictReader(file)), "svg": (out / "front.svg").read_text()}

    def epoch_ratio(self):
        trainer = self.msd.parent / "../../quant/train/msd_train"
        start = self.folder / "start.onnx"
        self.call("quantize", self.network, "--effective-bits", 2, "--calibrate", f"cifar10:{self.train}", "-o", start)
        done = subprocess.run([str(trainer), "--real", self.network, "--start", start, "--train", f"cifar10:{self.train}",
                               "--bench", "-o", self.folder / "none"], capture_output=True, text=True, check=True)
        return done.stdout.strip().splitlines()


def count(answers):
    return answers.count("1")


def beside(answers, base):
    """Images that only one of two networks answers rightly: '+gained -lost'."""
    gained = sum(a > b for a, b in zip(answers, base))
    return f"+{gained} −{sum(a < b for a, b in zip(answers, base))}"


def spread(counts):
    mean = f"{statistics.mean(counts):.1f}"
    return f"{mean} ± {statistics.stdev(counts):.1f}" if len(counts) > 1 else mean


def post_training_table(results):
    real = results["float"]
    text = ("| network | of 500 test photographs | beside float | of 2,000 training photographs |\n|---|---|---|---|\n"
            f"| float | {count(real['test'])} | | {count(real['held'])} |\n")
    for name in [*POST_TRAINING, *TWICE]:
        r = results["post " + name + " as it comes"]
        text += f"| {name} | {count(r['test'])} | {beside(r['test'], real['test'])} | {count(r['held'])} |\n"
    return text


def option_table(results):
    columns = [n for n in POST_TRAINING if "schedule" in n or n == "int8"]
    text = "| | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns) + "\n"
    for option in OPTIONS:
        cells = [results["post " + name + " " + option] for name in columns]
        text += f"| {option} | " + " | ".join(f"{count(c['test'])}, {count(c['held'])}" for c in cells) + " |\n"
    return text


def training_table(results, seeds):
    text = ("| network | before | after, seeds 1 to %d | mean ± deviation | beside float | beside before | loss, first and last"
            " epoch |\n|---|---|---|---|---|---|---|\n" % seeds)
    real = results["float"]["test"]
    for name, (_, base) in TRAINED.items():
        before = results["post " + base + " as it comes"]["test"]
        runs = [results[f"train {name} {seed}"] for seed in range(1, seeds + 1)]
        counts = [count(r["test"]) for r in runs]
        text += (f"| {name} | {count(before)} | {', '.join(map(str, counts))} | {spread(counts)} | "
                 f"{', '.join(beside(r['test'], real) for r in runs)} | "
                 f"{', '.join(beside(r['test'], before) for r in runs)} | "
                 f"{', '.join('%.3f → %.3f' % (r['losses'][0], r['losses'][-1]) for r in runs)} |\n")
    return text


def mixed_table(mixed):
    text = ("| published greedy | cycles | right | our pick | cycles | right | best of ours | cycles | right |\n"
            "|---|---|---|---|---|---|---|---|---|\n")
    points = {row["point"]: row for row in mixed["front"]}
    for row in mixed["dominance"]:
        cells = []
        for name in (row["published"], row["picked"], row["ours"]):
            point = points.get(name)
            cells += [point["effective_bits"], f"{int(point['cycles']):,}", point["held_out_right"]] if point \
                else ["none", "", ""]
        text += "| " + " | ".join(cells) + " |\n"
    return text


def page(results, seeds):
    mixed = results["mixed"]
    count_of = {key: sum(row[key] == "yes" for row in mixed["dominance"]) for key in ("dominated", "strictly")}
    picked = sum(int(row["picked_right"] or -1) >= int(row["right"]) for row in mixed["dominance"])
    ours = [row for row in mixed["front"] if row["search"] == "ours"]
    bench = "\n".join(results["epoch"])
    return (ROOT / "bench/accuracy.md.in").read_text().format(
        post_training=post_training_table(results), options=option_table(results),
        training=training_table(results, seeds), mixed=mixed_table(mixed), **count_of, picked=picked,
        states=len(mixed["dominance"]), points=len(ours), bench=bench, seeds=seeds,
        searched=ours[0]["images"], judged=ours[0]["held_out_images"],
        apart=max(abs(float(r["additive_cycles"]) / float(r["cycles"]) - 1) for r in ours) * 100)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--msd", default=ROOT / "build/train/platform/cli/msd")
    parser.add_argument("--data", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("MSD_DATA", ROOT / "../shared/data")).resolve())
    parser.add_argument("-o", "--out", type=pathlib.Path, default=ROOT / "docs/accuracy.md")
    parser.add_argument("--json", type=pathlib.Path, help="the figures, also read back: what is there is kept")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", type=re.compile, metavar="REGEX")
    arguments = parser.parse_args()
    if arguments.only and not arguments.json:
        parser.error("--only needs --json: else what it measures is lost")
    bench = Bench(arguments.msd, arguments.data)
    results = json.loads(arguments.json.read_text()) if arguments.json and arguments.json.exists() else {}
    wanted = {f"train {name} {seed}": (bench.trained, keys, seed)
              for seed in range(1, arguments.seeds + 1) for name, (keys, _) in TRAINED.items()}
    wanted["float"] = (bench.float_answers,)
    for name, keys in POST_TRAINING.items():
        for option, more in OPTIONS.items():
            if not more or "schedule" in name or name == "int8":
                wanted[f"post {name} {option}"] = (bench.quantised, keys + more)
    for name, keys in TWICE.items():
        wanted[f"post {name} as it comes"] = (lambda keys: bench.judged(bench.encoded_again(keys)), keys)
    wanted["mixed"] = (bench.mixed,)
    wanted["epoch"] = (bench.epoch_ratio,)
    for key, (measure, *operands) in wanted.items():
        if key in results or (arguments.only and not arguments.only.search(key)):
            continue
        results[key] = measure(*operands)
        shown = {k: count(v) for k, v in results[key].items() if k in ("test", "held")} \
            if isinstance(results[key], dict) else results[key][-1]
        print(key, shown, flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=1))
    if arguments.only:
        return 0
    for path, text in ((arguments.out, page(results, arguments.seeds)),
                       (arguments.out.with_name("mixed_eb.svg"), results["mixed"]["svg"])):
        part = path.with_suffix(".part")
        part.write_text(text)
        part.rename(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
