#!/usr/bin/env python3
"""Measures docs/results.md: our scheduled and simulated networks beside the published flow's, on every device.

bench/results.py --msd build/release/platform/cli/msd [--data DIR] [-o docs/results.md] [--no-check] [--json FILE]

Every figure is cycles of a simulation or of a schedule, so the file is the same on every machine."""
import argparse
import csv
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
NETWORKS = ["vgg16", "resnet18", "resnet50", "mobilenetv2", "vitbase"]
DEVICES = ["xc7z020", "ultra96", "zcu102"]
BOARD_NAMES = {"zu3eg": "ultra96", "zu9eg": "zcu102", "xc7z020": "xc7z020"}
# MACs of the networks' definitions (ImageNet, batch 1). The report counts what the arrays do: folding the stem and filling
# up the blocks of attention add products with zero, which are no use.
USEFUL_MACS = {"vgg16": 15470264320, "resnet18": 1814073344, "resnet50": 4089184256, "mobilenetv2": 300774272,
               "vitbase": 17563828224}
# Memory as our accelerator sees it (docs/dram.md): the same front-end latency, the same bursts in flight.
SAME_MEMORY = {"fccm23.read_latency_cycles": 8, "fccm23.write_latency_cycles": 8, "fccm23.status_latency_cycles": 1,
               "fccm23.outstanding": 8}


class Failed(Exception):
    pass


class Bench:
    def __init__(self, msd, data, check):
        self.msd, self.data, self.check = pathlib.Path(msd).resolve(), data, check
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="msd_results_"))

    def call(self, *arguments):
        env = dict(os.environ, MSD_DATA=str(self.data), SYSTEMC_DISABLE_COPYRIGHT_MESSAGE="1")
        done = subprocess.run([str(self.msd), *map(str, arguments)], capture_output=True, text=True, env=env, check=False)
        if done.returncode != 0:
            raise Failed(f"msd {' '.join(map(str, arguments))}: exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def run(self, keys):
        """report.json of a run."""
        scenario, out = self.folder / "results.toml", self.folder / "out"
        scenario.write_text("")
        sets = [f for key, value in keys.items() for f in ("--set", f"{key}={value}")]
        self.call("run", scenario, *sets, "--out", out, "--quiet")
        report = json.loads((out / "report.json").read_text())
        if not all(check["passed"] for check in report["checks"]):
            raise Failed(f"{keys}: {report['checks']}")
        return report

    def table(self, network):
        return self.data / "msd/models" / f"{network}.csv"

    def ours(self, network, device):
        keys = {"network.file": f"zoo:{network}", "device.preset": device, "network.input": "random"}
        report = self.run({**keys, **({"check.output": "reference"} if self.check else {})})
        totals = report["totals"]
        dsp = self.run({**keys, "schedule.lut_share": 0})
        plan = self.folder / "plan"
        text = self.call("schedule", keys["network.file"], "--device", device, "-o", plan)
        with open(plan / "schedule.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        lut = [int(r["lut_channels"]) for r in rows]
        return {"cycles": totals["cycles"], "ms": totals["latency_ms"], "macs": totals["macs"],
                "predicted": totals["predicted_cycles_per_image"], "bound": bound(text), "peak_dram": peak(text),
                "dram_bytes": totals["dram_read_bytes"] + totals["dram_write_bytes"],
                "dsp_only": dsp["totals"]["cycles"], "layers": len(rows), "layers_on_lut": sum(n > 0 for n in lut),
                "checked": bool(report["checks"]), "cpu": report.get("cpu", []), "clock_mhz": report["limits"]["clock_mhz"]}

    def theirs(self, network, device):
        keys = {"accelerator": "fccm23", "network.file": self.table(network), "device.preset": device}
        same = self.run({**keys, "fccm23.array": "rtl", **SAME_MEMORY})
        board = self.run({**keys, "fccm23.array": "host"})
        text = self.call("schedule", keys["network.file"], "--device", device, "--style", "fccm23", "-o",
                         self.folder / "plan")
        found = re.search(r"(\d+) of (\d+) candidates", text)
        return {"cycles": same["totals"]["cycles"], "ms": same["totals"]["latency_ms"], "macs": same["totals"]["macs"],
                "bound": bound(text), "board_ms": board["totals"]["latency_ms"],
                "predicted": same["totals"]["predicted_cycles_per_image"], "visited": int(found[1]),
                "candidates": int(found[2])}


def bound(text):
    found = re.search(r"roofline bound, layer by layer: (\d+) cycles", text)
    return int(found[1]) if found else None


def peak(text):
    """Peak bytes of feature maps and their lower bound, if the scheduler says so."""
    found = re.search(r"feature maps take (\d+) bytes, at least (\d+)", text)
    return [int(found[1]), int(found[2])] if found else None


def mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else float("nan")


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |\n"


def head(*cells):
    return row(*cells) + "|" + "---|" * len(cells) + "\n"


def million(value):
    return f"{value / 1e6:.2f}"


def main_table(results, devices):
    text = head("device", "network", "our cycles (M)", "ms", "useful MACs (M)", "bound (M)", "replay's cycles (M)", "ms", "MACs (M)",
                "bound (M)", "replay / ours per useful MAC", "per MAC", "ours / its bound", "")
    useful, plain, slow = {}, {}, []
    for device in devices:
        for network in NETWORKS:
            r = results.get(f"{network} {device}")
            if not r:
                continue
            ours, theirs, key = r["ours"], r["theirs"], (network, device)
            macs = USEFUL_MACS[network]
            plain[key] = (theirs["cycles"] / theirs["macs"]) / (ours["cycles"] / macs)
            useful[key] = (theirs["cycles"] / min(theirs["macs"], macs)) / (ours["cycles"] / macs)
            over = ours["cycles"] / ours["bound"]
            note = ""
            if useful[key] < 1:
                note = "slower, within 5 % of its bound" if over <= 1.05 else "**slower**"
                slow.append(f"{network} on {device} ({useful[key]:.2f})")
            text += row(device, network, million(ours["cycles"]), f"{ours['ms']:.2f}", f"{macs / 1e6:.0f}",
                        million(ours["bound"]), million(theirs["cycles"]), f"{theirs['ms']:.2f}",
                        f"{theirs['macs'] / 1e6:.0f}", million(theirs["bound"]), f"{useful[key]:.2f}", f"{plain[key]:.2f}",
                        f"{over:.2f}", note)

    def means(ratios):
        dense = [x for (network, _), x in ratios.items() if network != "vitbase"]
        return f"**{mean(ratios.values()):.2f}** over {len(ratios)} pairs, **{mean(dense):.2f}** over the {len(dense)} without vitbase"
    text += (f"\nGeometric mean per useful MAC: {means(useful)}; per MAC: {means(plain)}. "
             + (f"Slower per useful MAC: {', '.join(slow)}.\n" if slow else "No pair is slower per useful MAC.\n"))
    return text


def board_table(results, published):
    text = head("device", "network", "published (ms)", "replayed (ms)", "error", "beyond 5 %: cause")
    for device in DEVICES:
        for network in NETWORKS:
            ms, r = published.get((network, device)), results.get(f"{network} {device}")
            if not ms or not r:
                continue
            error = r["theirs"]["board_ms"] / ms - 1
            cause = ""
            if abs(error) > 0.05:
                cause = ("the published schedule takes 21.09 ms in the published RTL over an ideal memory, so the published "
                         "figure is not of this schedule" if (network, device) == ("mobilenetv2", "xc7z020") else "unknown")
            text += row(device, network, f"{ms:.2f}", f"{r['theirs']['board_ms']:.2f}", f"{100 * error:+.1f} %", cause)
    return text


def mixed_table(results, devices):
    text = head("network", *devices)
    for network in NETWORKS:
        cells = []
        for device in devices:
            r = results.get(f"{network} {device}")
            cells.append(f"{r['ours']['dsp_only'] / r['ours']['cycles']:.2f} ({r['ours']['layers_on_lut']} of "
                         f"{r['ours']['layers']} layers)" if r else "-")
        text += row(network, *cells)
    every = [r["ours"]["dsp_only"] / r["ours"]["cycles"] for key, r in results.items() if key.split()[1] in devices]
    return text + f"\nGeometric mean: {mean(every):.2f}.\n"


def prediction_table(results, devices):
    text, errors = head("network", *devices), []
    for network in NETWORKS:
        cells = []
        for device in devices:
            r = results.get(f"{network} {device}")
            if not r:
                cells.append("-")
                continue
            error = r["ours"]["predicted"] / r["ours"]["cycles"] - 1
            errors.append(abs(error))
            cells.append(f"{100 * error:+.2f} %")
        text += row(network, *cells)
    return text + (f"\nMean absolute error {100 * sum(errors) / len(errors):.2f} %, largest {100 * max(errors):.2f} %.\n"
                   if errors else "")


def cpu_table(results, devices):
    """What the CPU does of a network beside the arrays, where its metadata says so."""
    known = [(key.split()[0], device, r) for device in devices for key, r in results.items()
             if key.split()[1] == device and r["ours"]["cpu"]]
    ops = sorted({w["op"] for _, _, r in known for w in r["ours"]["cpu"]})
    text = head("device", "network", *[f"{op} (M cycles)" for op in ops], "CPU in all (M)", "arrays (M)", "both, one after the other (ms)",
                "replay / ours per useful MAC, with the CPU")
    for network, device, r in known:
        ours, theirs = r["ours"], r["theirs"]
        cycles = {w["op"]: w["cycles"] for w in ours["cpu"]}
        both = sum(cycles.values()) + ours["cycles"]
        macs = USEFUL_MACS[network]
        text += row(device, network, *[million(cycles[op]) for op in ops], million(sum(cycles.values())), million(ours["cycles"]),
                    f"{both / ours['clock_mhz'] / 1e3:.0f}", f"{theirs['cycles'] / min(theirs['macs'], macs) / (both / macs):.2f}")
    return text


def memory_table(results, devices):
    text = head("network", *[f"{d}: traffic (MB); feature maps' peak, lower bound (KiB)" for d in devices])
    for network in NETWORKS:
        cells = []
        for device in devices:
            r = results.get(f"{network} {device}")
            if not r:
                cells.append("-")
                continue
            peaks = r["ours"]["peak_dram"]
            cells.append(f"{r['ours']['dram_bytes'] / 1e6:.1f}"
                         + (f"; {peaks[0] / 1024:.0f}, {peaks[1] / 1024:.0f}" if peaks else ""))
        text += row(network, *cells)
    return text


def search_table(results):
    text = head("network", *[f"{d}: visited of candidates" for d in DEVICES])
    for network in NETWORKS:
        cells = [f"{r['theirs']['visited']:,} of {r['theirs']['candidates']:,}" if r else "-"
                 for r in (results.get(f"{network} {device}") for device in DEVICES)]
        text += row(network, *cells)
    return text


def page(results, published, missing, note=""):
    fit = [f"{d}_fit" for d in DEVICES if any(key.endswith(f" {d}_fit") for key in results)]
    exact = all(r["ours"]["checked"] for r in results.values())
    text = f"""# Results: this platform beside the published flow

Written by `bench/results.py --msd MSD`; do not edit. All figures are simulated cycles (or a schedule's), so they are the same on every
machine. Effective bits: 2. {"Every layer of every run of ours equals the integer reference, all bytes." if exact else
"Runs of ours were not compared with the reference (--no-check)."}
{chr(10) + "**" + note + "**" + chr(10) if note else ""}
* **Ours**: `msd run` with `network.file = zoo:NAME` (true padding, strides, pools; vitbase with 197 tokens), the schedule made for the device,
  simulated at transaction level with values. The latency is that of the whole image: first descriptor to the result in DRAM, host's part included.
* **Replay**: `accelerator = "fccm23"` on the layer table of the publication (no padding, no pools, no sums; resnet50 without strides; vitbase with
  one token), its own search's schedule, the published RTL's stages on *the same DRAM model* with the same front-end latency, 8 bursts in flight a
  mover, and as many elements as the RTL has (ultra96: 48 and 16; xc7z020: 15 channels by 14 columns, as its schedules count). It computes no values.
* **Useful MACs**: of the network's definition. Of the replay's MACs at most as many count as useful: the published table of resnet50
  leaves out the strides and so multiplies 1.42 times as often as the network, on larger and easier maps. The published vitbase, one token of 197, is a
  chain of matrix-vector products that only loads weights; it says little, so means are given without it, too.
* **Bound**: what `msd schedule` prints as roofline bound: over all layers, the largest of MACs at the peak of both arrays, each port's
  bytes, and all bytes at the DRAM's peak, each byte moved once. The published schedules' is that of their own hardware description (zcu102: 100x100).

## Latency at the published array sizes

{main_table(results, DEVICES)}
"""
    if fit:
        text += f"""## Latency at sizes that fit the boards

The `_fit` presets hold exact elements by our own synthesis figures. The replay stays at the published sizes, which do not fit with exact elements.

{main_table(results, fit)}
"""
    text += f"""## Published board latencies, replayed

One contention model a device (read, write and status latency, bursts in flight, the shared DRAM; docs/fccm23.md), the same for all its networks,
fitted to the published figures below, and the array as the published host programs it. The ultra96 figures are not consistent with that
board's array: the host programs 100 and 48 where it has 48 and 16.

{board_table(results, published)}
## The mixed array over the DSP array alone

Cycles with `schedule.lut_share = 0` over cycles of the scheduler's choice, both simulated; in brackets the layers that use the LUT core. The
publication claims 1.36x for resnet18 against other work; the cycles its scheduler predicts give, against its DSP array alone on ultra96 at 2
digits: vgg16 1.74, resnet18 1.71, resnet50 2.74.

{mixed_table(results, DEVICES + fit)}
## What the CPU adds

Softmax, layer norm, GELU, and making weights of keys (`keys`) and of transposed values (`values`), timed as firmware on the simulated CPU and memory
(`firmware/cpu_ops.c`, docs/cpu.md): one instruction a cycle, no cache, every word of a map over the bus. The published flow has none of these
operations, so the tables above compare the arrays alone; on this CPU the rest takes many times as long, and a vector unit beside the arrays is
what such networks lack here.

{cpu_table(results, DEVICES)}
## Predicted against simulated

{prediction_table(results, DEVICES + fit)}
## Memory

{memory_table(results, DEVICES + fit)}
## The published search

The same schedule as the published loops (field for field where they are at hand), by visiting

{search_table(results)}"""
    if missing:
        text += "\n## Not measured\n\n" + "".join(f"* {what}\n" for what in missing)
    return text


def published_latencies(data):
    with open(data / "msd/published_results.csv", newline="") as file:
        return {(r["network"], BOARD_NAMES[r["device"]]): float(r["latency_ms"]) for r in csv.DictReader(file)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--msd", default=ROOT / "build/release/platform/cli/msd")
    parser.add_argument("--data", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("MSD_DATA", ROOT / "../shared/data")).resolve())
    parser.add_argument("-o", "--out", type=pathlib.Path, default=ROOT / "docs/results.md")
    parser.add_argument("--json", type=pathlib.Path, help="the figures, also read back: pairs that are there are kept")
    parser.add_argument("--no-check", action="store_true", help="do not compare with the integer reference")
    parser.add_argument("--note", default="", help="a sentence to put on top")
    parser.add_argument("--only", default="", help="pairs to measure: part of 'network device'")
    arguments = parser.parse_args()
    bench = Bench(arguments.msd, arguments.data, not arguments.no_check)
    results, missing = {}, []
    if arguments.json and arguments.json.exists():
        results = json.loads(arguments.json.read_text())
    presets = bench.call("describe", "device.preset")
    for device in DEVICES + [f"{d}_fit" for d in DEVICES if f"{d}_fit" in presets]:
        for network in NETWORKS:
            key = f"{network} {device}"
            if key in results or arguments.only not in key:
                continue
            try:
                base = device.replace("_fit", "")
                theirs = results.get(f"{network} {base}", {}).get("theirs") or bench.theirs(network, base)
                results[key] = {"ours": bench.ours(network, device), "theirs": theirs}
                print(key, results[key], flush=True)
            except Failed as failure:
                print(failure, file=sys.stderr, flush=True)
                missing.append(f"{key}: {failure}".replace(str(bench.folder), "…").replace(str(arguments.data), "${MSD_DATA}"))
            if arguments.json:
                arguments.json.write_text(json.dumps(results, indent=1))
    part = arguments.out.with_suffix(".part")
    part.write_text(page(results, published_latencies(arguments.data), missing, arguments.note))
    part.rename(arguments.out)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
