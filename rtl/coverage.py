#!/usr/bin/env python3
"""Line and toggle coverage of the RTL under the cross-check: runs `msd crosscheck --coverage` and writes docs/coverage.md.

    rtl/coverage.py [--msd PROGRAM] [--programs N] [--keep FOLDER]     FOLDER keeps the data; what is there is not run again

A point counts as reached if any instance at any size reached it. What is not reached is named, with the reason from the
table below; a point without a reason is listed as open.
"""
import argparse
import collections
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Two blocks of LUT columns, rows that are no multiple of four.
SIZES = ("6x18+3x4",)
# (file, signal or block, why it is not reached); the first that matches both decides.
ARGUED = [
    (r".*", r"^unused_", "only there for the linter: collects bits that nothing reads"),
    (r".*", r"rst_i", "reset falls once, before the first program; a device is not reset again while it runs"),
    (r".*", r"_(ar|aw)(burst|size)_o|_b(resp|ready)_o|_rready_o|wstrb|m_axi_._rresp|rresp|bresp|^_bready|arsize|awsize|arburst|awburst|wstrb_o",
     "constant by the protocol subset: INCR bursts of full beats, all strobes, READY always up, and one of the two bits of a response"),
    (r".*", r"(act_words|lut_weight_words|dsp_weight_words|acc_entries|out_words|tile_channels|outstanding)_i|words_i$|entries_i$",
     "capacity pins: the campaign's devices have at most 256 words, and a limit does not change while a program runs"),
]


def points(paths):
    """(file, line, kind, what) -> count; a signal's bit has one point a direction and instance."""
    counts = collections.Counter()
    for path in paths:
        with open(path, errors="replace") as file:
            for line in file:
                if not line.startswith("C '"):
                    continue
                text, count = line[3:].rsplit("' ", 1)
                fields = dict(f.split("\x02", 1) for f in text.split("\x01") if "\x02" in f)
                kind = "toggle" if fields.get("page", "").startswith("v_toggle") else "line"
                counts[pathlib.Path(fields["f"]).name, int(fields["l"]), kind, fields.get("o", "")] += int(count)
    return counts


def share(pair):
    return f"{pair[0]} of {pair[1]} | {100 * pair[0] / pair[1]:.1f} %" if pair[1] else "- | -"


def reason(file, what):
    for file_pattern, pattern, why in ARGUED:
        if re.match(file_pattern, file) and re.search(pattern, what):
            return why
    return None


def bit_ranges(bits):
    """[3, 4, 5, 9] -> "3-5, 9"."""
    out = []
    for bit in sorted(set(bits)):
        if out and out[-1][1] == bit - 1:
            out[-1][1] = bit
        else:
            out.append([bit, bit])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def document(counts, programs):
    by_file = collections.defaultdict(lambda: {"line": [0, 0], "toggle": [0, 0]})
    argued = collections.defaultdict(lambda: collections.defaultdict(set))
    missed = collections.defaultdict(lambda: collections.defaultdict(list))
    blocks = []
    for (file, line, kind, what), count in sorted(counts.items()):
        by_file[file][kind][0] += count > 0
        by_file[file][kind][1] += 1
        if count:
            continue
        if kind == "line":
            source = (ROOT / "rtl" / file).read_text().splitlines()[line - 1].strip()
            blocks.append((file, line, what, source))
            continue
        name, bit = re.match(r"(.*?)(?:\[(\d+)\])?$", what).groups()
        why = reason(file, name)
        if why:
            argued[why][file].add(name)
        else:
            missed[file][line, name].append(int(bit) if bit else -1)
    total = {kind: [sum(f[kind][i] for f in by_file.values()) for i in (0, 1)] for kind in ("line", "toggle")}
    out = ["# Coverage of the RTL under the cross-check", "",
           f"Written by `rtl/coverage.py --programs {programs}`: Verilator's line and toggle coverage of `msd crosscheck` (seed 1) at {' and '.join(SIZES)}. A point is a",
           "branch or block, or one bit of a signal; it counts as reached if any instance at any size reached it.", "",
           "| file | blocks | | bits toggled | |", "|---|---|---|---|---|"]
    for file, kinds in sorted(by_file.items()):
        out.append(f"| `{file}` | {share(kinds['line'])} | {share(kinds['toggle'])} |")
    out += [f"| all | {share(total['line'])} | {share(total['toggle'])} |", "", "## Blocks not reached", ""]
    out += [f"* `{f}:{line}` {what}: `{source}`" for f, line, what, source in blocks] or ["None."]
    out += ["", "## Bits not toggled, and why", ""]
    for why, files in argued.items():
        names = "; ".join(f"`{f}`: {', '.join(sorted(n))}" for f, n in sorted(files.items()))
        out.append(f"* {why}. {names}")
    out += ["", "The rest are upper bits of values that the campaign's sizes do not reach (coordinates, counts and addresses have the width the format allows, 16 or 32 bits; the "
            "lists' tiles are small so that thousands run) and are held by the directed tests of each module; by file, signal and bits:", ""]
    for file, signals in sorted(missed.items()):
        text = ", ".join(name + (f" [{bit_ranges(bits)}]" if bits != [-1] else "") for (_, name), bits in sorted(signals.items()))
        out.append(f"* `{file}`: {text}")
    return "\n".join(out) + "\n", total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--msd", default=ROOT / "build/release/platform/cli/msd")
    parser.add_argument("--programs", type=int, default=400)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs/coverage.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        data = []
        for size in SIZES:
            data.append(folder / (re.sub(r"\W", "_", size) + ".dat"))
            if not data[-1].exists():
                subprocess.run([options.msd, "crosscheck", "--arrays", size, "--programs", str(options.programs),
                                "--coverage", data[-1]], check=True)
        counts = points(data)
    text, total = document(counts, options.programs)
    options.output.write_text(text)
    for kind, pair in total.items():
        print(f"{kind}: {share(pair)}")


if __name__ == "__main__":
    main()
