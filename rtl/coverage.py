#!/usr/bin/env python3
"""Line and toggle coverage of the RTL under its lockstep tests.

    cmake -S . -B build/coverage -DMSD_RTL_COVERAGE=ON ... && ninja -C build/coverage test_rtl test_rtl_post
    rtl/coverage.py build/coverage/tests/rtl/test_rtl build/coverage/tests/rtl/post/test_rtl_post

runs the programs, prints what share of each file's lines and of its signals' bits they reached, and names the rest.
Runs with a planted fault count for nothing: they are left out by name.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

RTL = pathlib.Path(__file__).resolve().parent


def points(folder):
    """(file, line, type, what) -> count, of all runs. A signal's bit has one point a direction and instance: any counts."""
    counts = collections.Counter()
    for path in pathlib.Path(folder).glob("*.dat"):
        for line in path.read_text(errors="replace").splitlines():
            if not line.startswith("C '"):
                continue
            text, count = line[3:].rsplit("' ", 1)
            fields = dict(f.split("\x02", 1) for f in text.split("\x01") if "\x02" in f)
            kind = "toggle" if fields.get("page", "").startswith("v_toggle") else "line"
            counts[pathlib.Path(fields["f"]).name, int(fields["l"]), kind, fields.get("o", "")] += int(count)
    return counts


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        for program in sys.argv[1:]:
            environment = dict(os.environ, MSD_RTL_COVERAGE=folder)
            subprocess.run([program, "~*fault*"], env=environment, check=True, stdout=subprocess.DEVNULL)
        counts = points(folder)
    if not counts:
        sys.exit("no coverage was written: build with -DMSD_RTL_COVERAGE=ON")
    by_file = collections.defaultdict(lambda: {"line": [0, 0], "toggle": [0, 0]})
    missed = collections.defaultdict(set)
    for (file, line, kind, what), count in sorted(counts.items()):
        if "fault" in what:
            continue
        by_file[file][kind][0] += count > 0
        by_file[file][kind][1] += 1
        if count == 0:
            missed[file].add((line, re.sub(r"\[\d+\]", "", what) if kind == "toggle" else f"{what} not reached"))
    print("| file | lines | | bits toggled | |\n|---|---|---|---|---|")
    total = {"line": [0, 0], "toggle": [0, 0]}
    for file, kinds in sorted(by_file.items()):
        for kind in total:
            total[kind] = [a + b for a, b in zip(total[kind], kinds[kind])]
        print(f"| `{file}` | " + " | ".join(share(kinds[k]) for k in ("line", "toggle")) + " |")
    print("| all | " + " | ".join(share(total[k]) for k in ("line", "toggle")) + " |\n")
    for file, places in sorted(missed.items()):
        print(f"{file}: " + ", ".join(f"{line} {what}" for line, what in sorted(places)))


def share(pair):
    return f"{pair[0]} of {pair[1]} | {100 * pair[0] / pair[1]:.1f} %" if pair[1] else "0 of 0 |"


main()
