#!/usr/bin/env python3
"""Line and toggle coverage of the RTL under the cross-check: runs `msd crosscheck --coverage` and writes docs/coverage.md.

    rtl/coverage.py [--msd PROGRAM] [--keep FOLDER]     FOLDER keeps the data; what is there is not run again

A point is a block or branch, or one bit of a signal or of a memory's words; it is reached if any instance at any size reached
it, in any word. Every point that is not must be argued in rtl/coverage_argued.txt, and every pattern there must match points,
none of them reached: else exit status 1, and what is wrong on standard error.
"""
import argparse
import collections
import dataclasses
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

RTL = pathlib.Path(__file__).resolve().parent
ROOT = RTL.parent
# Two activation groups of LUT columns and rows that fill no quad; more rows than a step has slots, a bus of 8 bytes.
WIDE, TALL = "6x18+3x4", "18x3+2x2/8"
# (arrays, kind or None for the usual mix, programs)
CAMPAIGNS = ((WIDE, None, 200), (WIDE, "extreme", 300), (WIDE, "damaged", 200), (WIDE, "abuse", 100), (TALL, None, 200),
             (TALL, "extreme", 200))


@dataclasses.dataclass(frozen=True, order=True)
class Point:
    file: str
    line: int
    column: int
    toggle: bool
    name: str  # of the signal without the bit, and [] for any word of a memory; kind of the block and its line of source
    bit: int   # -1: not of a vector


def read_points(paths, sources=RTL):
    """Point -> how often it was reached, from Verilator's data."""
    counts = collections.Counter()
    lines = {}
    for path in paths:
        with open(path, errors="replace") as file:
            for text in file:
                if not text.startswith("C '"):
                    continue
                text, count = text[3:].rsplit("' ", 1)
                fields = dict(f.split("\x02", 1) for f in text.split("\x01") if "\x02" in f)
                name, line, what = pathlib.Path(fields["f"]).name, int(fields["l"]), fields["o"]
                toggle = fields["page"].startswith("v_toggle")
                if toggle:
                    what, bit = re.fullmatch(r"(.*?)(?:\[(\d+)\])?", what).groups()
                    what = re.sub(r"\[\d+\]", "[]", what)
                else:
                    if name not in lines:
                        lines[name] = (sources / name).read_text().splitlines()
                    what, bit = f"{what}: {lines[name][line - 1].strip()}", None
                counts[Point(name, line, int(fields["n"]), toggle, what, -1 if bit is None else int(bit))] += int(count)
    return counts


class Pattern:
    """FILE NAME, or NAME[high:low], NAME[bit], NAME[high:low/width] for these bits of each `width`; or FILE : KIND: SOURCE.
    * stands for anything in FILE, NAME and SOURCE."""

    def __init__(self, file, text, toggle):
        self.text = f"{file} {'' if toggle else ': '}{text}"
        self.toggle = toggle
        self.high = self.low = None
        self.width = 1 << 32
        bits = re.fullmatch(r"(.*)\[(\d+)(?::(\d+))?(?:/(\d+))?\]", text) if toggle else None
        if bits:
            text, self.high = bits[1], int(bits[2])
            self.low = int(bits[3] or bits[2])
            self.width = int(bits[4] or self.width)
        as_regex = [".*".join(map(re.escape, part.split("*"))) for part in (file, text)]
        self.file, self.name = (re.compile(part) for part in as_regex)

    def matches(self, point):
        return (point.toggle == self.toggle and (self.high is None or self.low <= point.bit % self.width <= self.high) and
                self.file.fullmatch(point.file) is not None and self.name.fullmatch(point.name) is not None)


def read_argued(text):
    """[(reason, [Pattern])]: a reason is a paragraph that begins at the margin, its patterns are the indented lines below."""
    reasons = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line[0].isspace():
            if not reasons or reasons[-1][1]:
                reasons.append([line.strip(), []])
            else:
                reasons[-1][0] += " " + line.strip()
            continue
        file, rest = line.split(None, 1)
        if rest.startswith(": "):
            reasons[-1][1].append(Pattern(file, rest[2:].strip(), False))
        else:
            reasons[-1][1] += [Pattern(file, name, True) for name in rest.split()]
    return [(reason, patterns) for reason, patterns in reasons]


def judge(counts, reasons):
    """(reason -> points not reached, what is wrong)."""
    wrong, argued = [], {reason: set() for reason, _ in reasons}
    by_file = collections.defaultdict(list)
    for point in sorted(counts):
        by_file[point.file].append(point)
    taken = set()
    for reason, patterns in reasons:
        if not patterns:
            wrong.append(f"a reason without patterns: {reason}")
        for pattern in patterns:
            found = [p for file in by_file if pattern.file.fullmatch(file) for p in by_file[file] if pattern.matches(p)]
            reached = [p for p in found if counts[p]]
            if not found:
                wrong.append(f"argued, but there is no such point: {pattern.text}")
            elif reached:
                wrong.append(f"argued, but reached: {pattern.text}: {', '.join(names(reached))}")
            argued[reason] |= {p for p in found if not counts[p]} - taken
            taken |= set(found)
    by_place = collections.defaultdict(list)
    for point in sorted(counts):
        if not counts[point] and point not in taken:
            by_place[point.file].append(point)
    wrong += [f"neither reached nor argued: {file} {name}" for file, points in by_place.items() for name in names(points)]
    return argued, wrong


def names(points):
    """Signals with ranges of their bits, and blocks as patterns give them."""
    bits = collections.defaultdict(list)
    for p in sorted(points):
        bits[p.toggle, p.line, p.name].append(p.bit)
    out = []
    for (toggle, _, name), numbers in bits.items():
        if not toggle:
            out.append(f": {name}")
        elif set(numbers) == {-1}:
            out.append(name)
        else:
            out += [name + (f"[{high}:{low}]" if high > low else f"[{low}]") for high, low in ranges(numbers)]
    return list(dict.fromkeys(out))


def ranges(numbers):
    """[3, 4, 5, 9] -> [(5, 3), (9, 9)]."""
    out = []
    for number in sorted(set(numbers)):
        if out and out[-1][0] == number - 1:
            out[-1][0] = number
        else:
            out.append([number, number])
    return [tuple(pair) for pair in out]


def totals(counts, argued=frozenset()):
    """[blocks, reached, argued], [bits, reached, argued]."""
    out = [0, 0, 0], [0, 0, 0]
    for point, count in counts.items():
        of = out[point.toggle]
        of[0] += 1
        of[1] += count > 0
        of[2] += point in argued
    return out


def percent(part, whole):
    return f"{100 * part / whole:.2f} %" if whole else "-"


def row(name, sums):
    return f"| {name} | " + " | ".join(f"{of[1]} of {of[0]} | {percent(of[1], of[0])} | {of[2]}" for of in sums) + " |"


def document(counts, argued, campaigns):
    """docs/coverage.md; campaigns: (arrays, kind, result of msd, totals of all up to this one)."""
    every = set().union(*argued.values()) if argued else set()
    by_file = collections.defaultdict(collections.Counter)
    for point, count in counts.items():
        by_file[point.file][point] = count
    programs = sum(result["programs"] for _, _, result, _ in campaigns)
    cycles = sum(result["cycles"] for _, _, result, _ in campaigns)
    sums = totals(counts, every)
    out = ["# Coverage of the RTL under the cross-check", "",
           "Written by `rtl/coverage.py`; do not edit. Verilator's line and toggle coverage of `msd crosscheck` "
           f"([crosscheck.md](crosscheck.md)): {programs} random programs, {cycles} cycles. A point",
           "is a block or branch, or one bit of a signal, or of a memory's words, that must have changed after the first reset. "
           "It is reached if any instance at any size reached it, in any word of a memory (written `[]` below).", "",
           f"**Blocks: {percent(sums[0][1], sums[0][0])} ({sums[0][1]} of {sums[0][0]}). Bits: {percent(sums[1][1], sums[1][0])} "
           f"({sums[1][1]} of {sums[1][0]}).** The other {len(every)} points are named below, each with the reason why it",
           "cannot be reached or is not worth reaching; the reasons are `rtl/coverage_argued.txt`, and the script fails on a point "
           "that is neither reached nor argued, and on an argued one that is reached.", "",
           "| arrays | programs | how many | cycles | blocks, all up to here | bits |", "|---|---|---|---|---|---|"]
    for arrays, kind, result, (blocks, bits) in campaigns:
        out.append(f"| {arrays} | {kind or 'all kinds'} | {result['programs']} | {result['cycles']} | "
                   f"{percent(blocks[1], blocks[0])} of {blocks[0]} | {percent(bits[1], bits[0])} of {bits[0]} |")
    out += ["", "| module | blocks reached | | argued | bits toggled | | argued |", "|---|---|---|---|---|---|---|"]
    for file, points in sorted(by_file.items()):
        out.append(row(f"`{file}`", totals(points, every)))
    out += [row("all", sums), "", "## What is not reached, and why", ""]
    for reason, points in argued.items():
        out += [f"**{reason}** Points: {len(points)}.", ""]
        for file in sorted({p.file for p in points}):
            listed = ", ".join(f"`` {n} ``" if "`" in n else f"`{n}`" for n in names(p for p in points if p.file == file))
            out.append(f"* `{file}`: {listed}")
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--msd", type=pathlib.Path, default=ROOT / "build/release/platform/cli/msd")
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--argued", type=pathlib.Path, default=RTL / "coverage_argued.txt")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=ROOT / "docs/coverage.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        counts, campaigns = collections.Counter(), []
        for arrays, kind, programs in CAMPAIGNS:
            stem = folder / f"{re.sub(r'[^0-9]+', '_', arrays)}_{kind or 'all'}_{programs}"
            data, result = stem.with_suffix(".dat"), stem.with_suffix(".json")
            if not result.exists():
                subprocess.run([options.msd.resolve(), "crosscheck", "--arrays", arrays, *(["--kind", kind] if kind else []),
                                "--programs", str(programs), "--coverage", data, "--json", result], check=True,
                               env=dict(os.environ, SYSTEMC_DISABLE_COPYRIGHT_MESSAGE="1"))
            counts.update(read_points([data]))
            campaigns.append((arrays, kind, json.loads(result.read_text()), totals(counts)))
    argued, wrong = judge(counts, read_argued(options.argued.read_text()))
    blocks, bits = totals(counts)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"blocks: {blocks[1]} of {blocks[0]}; bits: {bits[1]} of {bits[0]}; argued: {sum(map(len, argued.values()))}; "
          f"{used.ru_utime + used.ru_stime:.0f} s CPU")
    if wrong:
        sys.exit("\n".join(wrong))
    options.output.write_text(document(counts, argued, campaigns))


if __name__ == "__main__":
    main()
