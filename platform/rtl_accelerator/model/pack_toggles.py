#!/usr/bin/env python3
"""Stands in for verilator_bin and packs the toggle counters of the C++ that it wrote: one `if` a bit becomes one comparison a
signal, counting the same in the same counters. What it does not recognise stays as it is. And hundreds of small files become
few large ones; the others stay, empty, since the build knows their names.

    pack_toggles.py ARGUMENTS     of verilator_bin, --Mdir among them; does nothing if what is there is of these sources
"""
import os
import pathlib
import re
import subprocess
import sys

# if ((4U & (A ^ T))) { vlSymsp->__Vcoverage[7].fetch_add(1, std::memory_order_relaxed); T = ...; }
BIT = re.compile(r"if \((?P<condition>[^{};]*)\)\s*\{\s*vlSymsp->__Vcoverage\[(?P<index>\d+)\]\.fetch_add\(1, std::memory_order_relaxed\);"
                 r"\s*(?P<kept>[^=;{}]*__Vtogcov__[^=;{}]*?)\s*=[^;{}]*;\s*\}")
# vlSelf->__vlCoverInsert(&(vlSymsp->__Vcoverage[7]), first, "ring.sv", 6, 34, "", "v_toggle/ring", "count_o[2]", "");
NAME = re.compile(r'vlSelf->__vlCoverInsert\(&\(vlSymsp->__Vcoverage\[(?P<index>\d+)\]\), first, (?P<where>"[^"]*", \d+, \d+, "[^"]*", '
                  r'"v_toggle/[^"]*"), "(?P<name>[^"]*)\[(?P<bit>\d+)\]", ""\);')
OPERAND = re.compile(r"[\w.]+(?:->[\w.]+|\[\w+\]|\.[\w]+)*$")
FILE_BYTES = 1 << 20
EMPTY = "// In another file.\n"
COUNT = """#ifndef MSD_TOGGLED
#define MSD_TOGGLED
#include <atomic>
#include <string>
namespace {
template <typename Kept>
inline void msd_toggled(Kept& kept, uint64_t now, uint64_t mask, std::atomic<uint32_t>* counters) {
    uint64_t changed = (kept ^ now) & mask;
    if (VL_LIKELY(!changed)) return;
    kept = static_cast<Kept>(kept ^ changed);
    for (; changed; changed &= changed - 1) {
        auto& counter = counters[__builtin_ctzll(changed)];
        counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
}
}  // namespace
#endif
"""


def bare(text):
    """Without casts and parentheses around all of it."""
    while True:
        text = text.strip()
        if re.match(r"\([IQCS]Data\)", text):
            text = text[7:]
        elif text.startswith("(") and closing(text) == len(text) - 1:
            text = text[1:-1]
        else:
            return text


def closing(text):
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0:
            return i
    return -1


def split(text, operator):
    """Two operands of the operator outside of all parentheses, or None."""
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0 and text.startswith(operator, i):
            return bare(text[:i]), bare(text[i + len(operator):])
    return None


def number(text):
    match = re.fullmatch(r"(0x[0-9a-f]+|\d+)U?(?:LL)?", text)
    return int(match[1], 0) if match else None


def operand(text):
    """(variable, shift) of `variable` or `variable >> 3U`."""
    shifted = split(bare(text), " >> ")
    name, shift = (bare(shifted[0]), number(shifted[1])) if shifted else (bare(text), 0)
    return (name, shift) if OPERAND.match(name) and shift is not None else None


def toggle(match):
    """(kept variable, variable, shift from kept to it, bit of kept, counter), or None."""
    text = bare(" ".join(match["condition"].split()))
    masked, bit = split(text, " & "), 0
    if masked and number(masked[0]) is not None:
        mask = number(masked[0])
        if mask == 0 or mask & (mask - 1):
            return None
        text, bit = masked[1], mask.bit_length() - 1
    top = split(text, " >> ")
    if top and number(top[1]) == 31:  # the sign of a word
        text, bit = top[0], 31
    sides = split(text, " ^ ")
    if not sides:
        return None
    now, kept = operand(sides[0]), operand(sides[1])
    if not now or not kept or kept[0] != "".join(match["kept"].split()):
        return None
    return kept[0], now[0], now[1] - kept[1], kept[1] + bit, int(match["index"])


def runs(found, text, same):
    """Groups of matches with nothing between them."""
    group = []
    for match, value in found:
        if group and (value is None or text[group[-1][0].end():match.start()].strip() or not same(group[-1][1], value)):
            yield group
            group = []
        if value is not None:
            group.append((match, value))
    if group:
        yield group


def packed(text):
    edits = []
    found = [(m, toggle(m)) for m in BIT.finditer(text)]
    # Bits ascend with their counters.
    for group in runs(found, text, lambda a, b: a[:3] == b[:3] and b[3] > a[3] and b[3] - a[3] == b[4] - a[4]):
        kept, now, shift, first, index = group[0][1]
        mask = sum(1 << value[3] for _, value in group)
        moved = f"{now}" if shift == 0 else f"(static_cast<uint64_t>({now}) {'>>' if shift > 0 else '<<'} {abs(shift)})"
        counters = f"vlSymsp->__Vcoverage + {index - first}" if index >= first else f"vlSymsp->__Vcoverage - {first - index}"
        edits.append((group[0][0].start(), group[-1][0].end(), f"msd_toggled({kept}, {moved}, {mask:#x}ULL, {counters});"))
    found = [(m, (m["where"], m["name"], int(m["bit"]), int(m["index"]))) for m in NAME.finditer(text)]
    for group in runs(found, text, lambda a, b: a[:2] == b[:2] and b[2] - a[2] == 1 and b[3] - a[3] == 1):
        where, name, first, index = group[0][1]
        if len(group) > 2:
            edits.append((group[0][0].start(), group[-1][0].end(),
                          f"for (int i = 0; i < {len(group)}; ++i) vlSelf->__vlCoverInsert(&(vlSymsp->__Vcoverage[{index} + i]), first, "
                          f"{where}, (\"{name}[\" + std::to_string({first} + i) + \"]\").c_str(), \"\");"))
    if not edits:
        return text
    out, at = [], 0
    for begin, end, new in sorted(edits):
        out += [text[at:begin], new]
        at = end
    text = "".join(out) + text[at:]
    last = list(re.finditer(r"^#include .*\n", text, re.M))[-1].end()
    return text[:last] + COUNT + text[last:]


def pack(folder):
    before = after = 0
    room = {}  # of each kind, "slow" code being compiled without optimisation: the file that is being filled, its text
    for path in sorted(folder.glob("*.cpp")):
        text = path.read_text()
        new = packed(text)
        before, after = before + len(text), after + len(new)
        slow = path.name.endswith("__Slow.cpp")
        first, filled = room.get(slow, (path, ""))
        if len(filled) + len(new) > FILE_BYTES:
            first, filled = path, ""
        room[slow] = first, filled + new
        path.write_text(EMPTY)
        first.write_text(filled + new)
    return f"{before} bytes of C++ packed to {after}\n"


def main():
    arguments = sys.argv[1:]
    folder = pathlib.Path(arguments[arguments.index("--Mdir") + 1])
    sources = [pathlib.Path(a) for a in arguments if a.endswith(".sv")]
    sources += [header for place in {s.parent for s in sources} for header in place.glob("*.svh")]
    done = folder / "packed.txt"  # CMake runs Verilator when it configures, and Ninja again
    if done.exists() and done.stat().st_mtime > max(s.stat().st_mtime for s in sources):
        for path in folder.iterdir():
            os.utime(path)
        return
    subprocess.run(["verilator_bin", *arguments], check=True)
    done.write_text(pack(folder))


main()
