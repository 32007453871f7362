#!/usr/bin/env python3
"""Writes rtl/descriptor_pkg.sv, the tile descriptor and channel parameters as packed structures, from firmware/program.h.

tools/descriptor.py [--check]

The output is committed; --check writes nothing and fails where it is stale. Exit status: 0 good, 1 stale, 2 the header
holds something this script does not read.
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "firmware/program.h"
OUTPUT = ROOT / "rtl/descriptor_pkg.sv"
STRUCTS = {"msd_channel": "channel_t", "msd_tile": "tile_t"}
BITS = {"8": 8, "16": 16, "32": 32}


class HeaderError(Exception):
    """The header holds a declaration that this script does not read."""


def structures(text):
    """Name to [(field, bit offset, bits, signed)] of every structure, laid out as the RISC-V and x86 ABIs do."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    counts = {name: int(value) for name, value in re.findall(r"#define (\w+) (\d+)u?\s", text)}
    result, sizes = {}, {}
    for body, name in re.findall(r"typedef struct \{(.*?)\} (\w+);", text, flags=re.S):
        fields, at, widest = [], 0, 8
        for declaration in filter(None, (part.strip() for part in body.split(";"))):
            kind, _, rest = declaration.partition(" ")
            for item in rest.split(","):
                match = re.fullmatch(r"(\w+)(?:\[(\w+)\])?(?:\s*:\s*(\d+))?", item.strip())
                if not match:
                    raise HeaderError(f"{name}: cannot read '{declaration}'")
                field, count, bitfield = match.groups()
                plain = re.fullmatch(r"(u?)int(\d+)_t", kind)
                if plain and plain[2] in BITS:
                    unit, width = BITS[plain[2]], BITS[plain[2]]
                    align, members = unit, [("", 0, width, not plain[1])]
                elif kind in result:
                    width, align = sizes[kind]
                    unit, members = align, [(f"_{f}", o, w, s) for f, o, w, s in result[kind]]
                else:
                    raise HeaderError(f"{name}: unknown type '{kind}'")
                widest = max(widest, align)
                if bitfield:
                    width = int(bitfield)
                    members = [("", 0, width, members[0][3])]
                    if at // unit != (at + width - 1) // unit:
                        at += -at % unit
                else:
                    at += -at % align
                if count:
                    number = counts[count] if count in counts else int(count)
                    fields.append((field, at, number * width, False))
                    at += number * width
                else:
                    fields += [(field + f, at + o, w, s) for f, o, w, s in members]
                    at += width
        result[name] = fields
        sizes[name] = (at + -at % widest, widest)
    return result, {name: size for name, (size, _) in sizes.items()}, text


def package():
    text = SOURCE.read_text()
    fields, sizes, plain = structures(text)
    lines = ["// The tile descriptor and channel parameters, little endian; written by tools/descriptor.py from firmware/program.h: do not edit.",
             "// Use scoped names (a wildcard import is not read by Yosys 0.23).",
             "/* verilator lint_off UNUSEDPARAM */", "package descriptor_pkg;"]
    magic = re.search(r"#define MSD_TILE_MAGIC (0x[0-9a-f]+)u", plain)
    lines.append(f"  localparam int unsigned MAGIC = {int(magic[1], 16)};")
    for name, value in re.findall(r"#define MSD_TILE_(\w+) (0x[0-9a-f]{4})u", plain):
        if name != "MAGIC":
            bit = int(value, 16).bit_length() - 1
            lines.append(f"  localparam int unsigned {name}_BIT = {bit};  // of flags")
    for source, name in STRUCTS.items():
        lines += ["", f"  // {source}, {sizes[source] // 8} bytes; the last member lies at the lowest address.",
                  "  typedef struct packed {"]
        members, at, padding = [], 0, 0
        for field, offset, width, signed in fields[source]:
            if offset > at:
                members.append((f"unused{padding}", offset - at, False))
                padding += 1
            members.append((field, width, signed))
            at = offset + width
        if at < sizes[source]:
            members.append((f"unused{padding}", sizes[source] - at, False))
        for field, width, signed in reversed(members):
            lines.append(f"    logic {'signed ' if signed else ''}[{width - 1}:0] {field};")
        lines.append(f"  }} {name};")
    return "\n".join(lines + ["endpackage", "/* verilator lint_on UNUSEDPARAM */", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the output is stale")
    options = parser.parse_args()
    try:
        text = package()
    except HeaderError as error:
        print(f"{SOURCE.relative_to(ROOT)}: {error}", file=sys.stderr)
        return 2
    if options.check:
        if not OUTPUT.exists() or OUTPUT.read_text() != text:
            print(f"{OUTPUT.relative_to(ROOT)} is stale; run tools/descriptor.py", file=sys.stderr)
            return 1
        return 0
    OUTPUT.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
