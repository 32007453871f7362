#!/usr/bin/env python3
"""Writes C headers, SystemVerilog packages and Markdown tables from the register maps ip/*/*.regs.toml.

tools/registers.py [--check] [FILE.regs.toml ...]

Without files, all maps of the repository. Beside ip/b/b.regs.toml it writes b_regs.h (C and C++) and b_regs_pkg.sv
(read by Verilator 5.006 and Yosys 0.23), and docs/registers_b.md. The outputs are committed; --check writes nothing
and fails where one is stale. Exit status: 0 good, 1 stale, 2 a map is wrong.
"""

import argparse
import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent

ACCESS = {
    "ro": "read only",
    "wo": "write only",
    "rw": "read and write",
    "rw1c": "read; writing 1 to a bit clears it",
}
MAP_KEYS = {"name", "prefix", "base", "size", "register"}
REGISTER_KEYS = {"name", "offset", "access", "reset", "description", "fields", "values"}
FIELD_KEYS = {"name", "bits", "description", "values"}
VALUE_KEYS = {"name", "value", "description"}
REQUIRED = {
    "map": ("name", "prefix", "base", "size", "register"),
    "register": ("name", "offset", "access", "description"),
    "field": ("name", "bits", "description"),
    "value": ("name", "value", "description"),
}
TYPES = {"name": str, "prefix": str, "description": str, "access": str, "bits": str,
         "base": int, "size": int, "offset": int, "reset": int, "value": int,
         "register": list, "fields": list, "values": list}


class MapError(Exception):
    """A register map is wrong; the text names the file, the register and what would be right."""


def check_keys(where, kind, table, allowed):
    if not isinstance(table, dict):
        raise MapError(f"{where}: a {kind} is a table, not {table!r}")
    for key in table:
        if key not in allowed:
            raise MapError(f"{where}: unknown key '{key}'; a {kind} has {', '.join(sorted(allowed))}")
    for key in REQUIRED[kind]:
        if key not in table:
            raise MapError(f"{where}: key '{key}' is missing")
    for key, value in table.items():
        if type(value) is not TYPES[key]:
            raise MapError(f"{where}: '{key}' is {value!r}, but must be of type {TYPES[key].__name__}")


def check_name(where, name, upper=True):
    pattern = r"[A-Z][A-Z0-9_]*" if upper else r"[a-z][a-z0-9_]*"
    if not re.fullmatch(pattern, name):
        raise MapError(f"{where}: name '{name}' must match {pattern}")


def parse_bits(where, text):
    match = re.fullmatch(r"(\d+)(?::(\d+))?", text)
    if not match:
        raise MapError(f"{where}: bits '{text}' must be 'high:low' or one number")
    high = int(match[1])
    low = int(match[2]) if match[2] else high
    if high > 31 or low > high:
        raise MapError(f"{where}: bits {text} must lie in 31:0, high before low")
    return high, low


def check_values(where, values, width):
    seen = {}
    names = set()
    for index, value in enumerate(values):
        check_keys(f"{where}: value {index}", "value", value, VALUE_KEYS)
        at = f"{where}: value {value['name']}"
        check_name(at, value["name"])
        if not 0 <= value["value"] < 1 << width:
            raise MapError(f"{at}: {value['value']} does not fit {width} bits")
        if value["value"] in seen:
            raise MapError(f"{at}: {value['value']} is already {seen[value['value']]}")
        if value["name"] in names:
            raise MapError(f"{at}: the name appears twice")
        seen[value["value"]] = value["name"]
        names.add(value["name"])


def check_register(where, register, size, offsets):
    check_keys(where, "register", register, REGISTER_KEYS)
    check_name(where, register["name"])
    offset = register["offset"]
    if offset % 4 or not 0 <= offset <= size - 4:
        raise MapError(f"{where}: offset {offset:#x} must be a multiple of 4 below the size {size:#x}")
    if offset in offsets:
        raise MapError(f"{where}: offset {offset:#x} is already {offsets[offset]}")
    offsets[offset] = register["name"]
    if register["access"] not in ACCESS:
        raise MapError(f"{where}: access '{register['access']}' must be one of {', '.join(ACCESS)}")
    if not 0 <= register.get("reset", 0) < 1 << 32:
        raise MapError(f"{where}: reset {register['reset']:#x} does not fit 32 bits")
    used = 0
    for index, field in enumerate(register.setdefault("fields", [])):
        check_keys(f"{where}: field {index}", "field", field, FIELD_KEYS)
        at = f"{where}.{field['name']}"
        check_name(at, field["name"])
        high, low = parse_bits(at, field["bits"])
        mask = (1 << (high + 1)) - (1 << low)
        if used & mask:
            raise MapError(f"{at}: bits {field['bits']} overlap an earlier field")
        used |= mask
        field["high"], field["low"], field["mask"] = high, low, mask
        check_values(at, field.setdefault("values", []), high - low + 1)
    check_values(where, register.setdefault("values", []), 32)


def read_map(path):
    """The checked map; fields carry high, low and mask as numbers."""
    file = path.name
    try:
        regs = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MapError(f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MapError(f"{file}: {error}") from error
    check_keys(file, "map", regs, MAP_KEYS)
    check_name(f"{file}: map", regs["name"], upper=False)
    check_name(f"{file}: map", regs["prefix"])
    if file != f"{regs['name']}.regs.toml":
        raise MapError(f"{file}: name '{regs['name']}' must be the file's")
    size = regs["size"]
    if size < 4 or size & (size - 1):
        raise MapError(f"{file}: size {size:#x} must be a power of two, at least 4")
    if regs["base"] < 0 or regs["base"] % size or regs["base"] + size > 1 << 32:
        raise MapError(f"{file}: base {regs['base']:#x} must be a multiple of the size {size:#x} in 32 bits")
    offsets = {}
    for index, register in enumerate(regs["register"]):
        name = register.get("name", index) if isinstance(register, dict) else index
        check_register(f"{file}: register {name}", register, size, offsets)
    check_names(file, regs)
    return regs


def check_names(file, regs):
    """Every identifier that will be written must be written once, in C as in SystemVerilog."""
    for emit, marks in ((c_constants, "C"), (sv_constants, "SystemVerilog")):
        seen = {}
        for where, name, _, _ in emit(regs):
            if name in seen:
                raise MapError(f"{file}: {where}: the {marks} name {name} is already that of {seen[name]}")
            seen[name] = where


def c_constants(regs):
    """(origin, name, value, comment) of every #define."""
    prefix = regs["prefix"]
    yield "map", f"{prefix}_REGS_BASE", f"{regs['base']:#010x}u", ""
    yield "map", f"{prefix}_REGS_SIZE", f"{regs['size']:#x}u", ""
    for register in regs["register"]:
        where = f"register {register['name']}"
        name = f"{prefix}_{register['name']}"
        yield where, name, f"{register['offset']:#04x}u", register["access"] + ": " + register["description"]
        if "reset" in register:
            yield where, name + "_RESET", f"{register['reset']:#x}u", ""
        for field in register["fields"]:
            where = f"register {register['name']}.{field['name']}"
            full = f"{name}_{field['name']}"
            if field["high"] == field["low"]:
                yield where, full, f"{field['mask']:#x}u", field["description"]
            else:
                yield where, full + "_MASK", f"{field['mask']:#x}u", field["description"]
                yield where, full + "_SHIFT", f"{field['low']}u", ""
            for value in field["values"]:
                yield where, f"{full}_{value['name']}", f"{value['value']}u", value["description"]
        for value in register["values"]:
            yield (f"register {register['name']}: value {value['name']}", f"{name}_{value['name']}",
                   f"{value['value']}u", value["description"])


def sv_constants(regs):
    """(origin, name, declaration, comment) of every localparam."""
    width = regs["size"].bit_length() - 1
    yield "map", "BASE", f"logic [31:0] BASE = 32'h{regs['base']:08x}", ""
    yield "map", "ADDRESS_BITS", f"int ADDRESS_BITS = {width}", "of an offset"
    for register in regs["register"]:
        where = f"register {register['name']}"
        name = register["name"]
        yield (where, name, f"logic [{width - 1}:0] {name} = {width}'h{register['offset']:x}",
               register["access"] + ": " + register["description"])
        if "reset" in register:
            yield where, f"{name}_RESET", f"logic [31:0] {name}_RESET = 32'h{register['reset']:08x}", ""
        for field in register["fields"]:
            where = f"register {name}.{field['name']}"
            full = f"{name}_{field['name']}"
            if field["high"] == field["low"]:
                yield where, full + "_BIT", f"int {full}_BIT = {field['low']}", field["description"]
            else:
                yield where, full + "_LSB", f"int {full}_LSB = {field['low']}", field["description"]
                yield where, full + "_MSB", f"int {full}_MSB = {field['high']}", ""
            bits = field["high"] - field["low"] + 1
            for value in field["values"]:
                constant = f"{full}_{value['name']}"
                yield (where, constant, f"logic [{bits - 1}:0] {constant} = {bits}'d{value['value']}",
                       value["description"])
        for value in register["values"]:
            constant = f"{name}_{value['name']}"
            yield (f"{where}: value {value['name']}", constant,
                   f"logic [31:0] {constant} = 32'd{value['value']}", value["description"])


def source_name(path):
    try:
        return path.resolve().relative_to(ROOT).as_posix()
    except ValueError:
        return path.name


def switch(function, argument, comment, cases, default):
    lines = [f"// {comment}", f"static inline const char* {function}(uint32_t {argument}) {{",
             f"    switch ({argument}) {{"]
    lines += [f"        case {label}: return \"{text}\";" for label, text in cases]
    return [*lines, f"        default: return {default};", "    }", "}", ""]


def field_names(regs):
    """C function that tells a register's fields one after the other, for logs."""
    lines = ["// Name and mask of a register's field number `index`; 0 beyond the last.",
             f"static inline const char* {regs['prefix'].lower()}_field_name(uint32_t offset, unsigned index, uint32_t* mask) {{",
             "    switch (offset << 8 | index) {"]
    for register in regs["register"]:
        for index, field in enumerate(register["fields"]):
            lines.append(f"        case {regs['prefix']}_{register['name']} << 8 | {index}u: "
                         f"*mask = {field['mask']:#x}u; return \"{field['name']}\";")
    return lines + ["        default: (void)mask; return 0;", "    }", "}", ""]


def c_header(path, regs):
    prefix = regs["prefix"]
    lines = [f"// Registers of block {regs['name']}; written by tools/registers.py from {source_name(path)}: do not edit.",
             "#pragma once", "", "#include <stdint.h>", ""]
    origin = None
    for where, name, value, comment in c_constants(regs):
        register = where.split(":")[0].split(".")[0]
        if origin not in (None, register):
            lines.append("")
        origin = register
        lines.append(f"#define {name} {value}" + (f"  // {comment}" if comment else ""))
    lines.append("")
    lower = prefix.lower()
    lines += switch(f"{lower}_register_name", "offset", "Name of the register at an offset; 0 if there is none.",
                    [(f"{prefix}_{r['name']}", r["name"]) for r in regs["register"]], "0")
    lines += field_names(regs)
    for register in regs["register"]:
        if register["values"]:
            name = f"{prefix}_{register['name']}"
            lines += switch(f"{lower}_{register['name'].lower()}_name", "value",
                            f"Name of a value of register {register['name']}; \"?\" if it has none.",
                            [(f"{name}_{v['name']}", v["name"]) for v in register["values"]], "\"?\"")
            lines += switch(f"{lower}_{register['name'].lower()}_text", "value",
                            f"What a value of register {register['name']} means, in a sentence.",
                            [(f"{name}_{v['name']}", v["description"].replace("\\", "\\\\").replace('"', '\\"'))
                             for v in register["values"]], "\"?\"")
    return "\n".join(lines).rstrip("\n") + "\n"


def sv_package(path, regs):
    lines = [f"// Registers of block {regs['name']}; written by tools/registers.py from {source_name(path)}: do not edit.",
             "// Use scoped names (a wildcard import is not read by Yosys 0.23).",
             "/* verilator lint_off UNUSEDPARAM */",
             f"package {regs['name']}_regs_pkg;"]
    origin = None
    for where, _, declaration, comment in sv_constants(regs):
        register = where.split(":")[0].split(".")[0]
        if origin not in (None, register):
            lines.append("")
        origin = register
        lines.append(f"  localparam {declaration};" + (f"  // {comment}" if comment else ""))
    return "\n".join(lines + ["endpackage", "/* verilator lint_on UNUSEDPARAM */"]) + "\n"


def markdown(path, regs):
    def cell(text):
        return text.replace("|", "\\|")

    lines = [f"# Registers of block `{regs['name']}`", "",
             f"Written by `tools/registers.py` from `{source_name(path)}`: do not edit.", "",
             f"Base address {regs['base']:#010x}, {regs['size']:#x} bytes. Registers have 32 bits.", "",
             "| offset | register | access | reset | description |", "|---|---|---|---|---|"]
    for register in regs["register"]:
        reset = f"`{register['reset']:#x}`" if "reset" in register else "0"
        if register["access"] == "wo":
            reset = ""
        lines.append(f"| `{register['offset']:#04x}` | `{register['name']}` | {register['access']} | {reset} "
                     f"| {cell(register['description'])} |")
    lines += ["", "Access: " + "; ".join(f"{key} = {text}" for key, text in ACCESS.items()) + "."]
    for register in regs["register"]:
        if register["fields"]:
            lines += ["", f"## Fields of `{register['name']}`", "", "| bits | field | description |", "|---|---|---|"]
            for field in register["fields"]:
                text = field["description"]
                for value in field["values"]:
                    text += f" {value['value']} = `{value['name']}`: {value['description']}"
                lines.append(f"| {field['bits']} | `{field['name']}` | {cell(text)} |")
        if register["values"]:
            lines += ["", f"## Values of `{register['name']}`", "", "| value | name | description |", "|---|---|---|"]
            lines += [f"| {v['value']} | `{v['name']}` | {cell(v['description'])} |" for v in register["values"]]
    return "\n".join(lines) + "\n"


def outputs(path, docs):
    """{file to write: its text} of one map."""
    regs = read_map(path)
    name = regs["name"]
    return {path.with_name(f"{name}_regs.h"): c_header(path, regs),
            path.with_name(f"{name}_regs_pkg.sv"): sv_package(path, regs),
            docs / f"registers_{name}.md": markdown(path, regs)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where an output is stale")
    parser.add_argument("--docs", type=pathlib.Path, default=ROOT / "docs", help="folder of the Markdown tables")
    parser.add_argument("maps", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    maps = arguments.maps or sorted(ROOT.glob("ip/*/*.regs.toml"))
    try:
        files = {file: text for path in maps for file, text in outputs(path, arguments.docs).items()}
    except MapError as error:
        print(error, file=sys.stderr)
        return 2
    stale = [file for file, text in files.items()
             if not file.is_file() or file.read_bytes() != text.encode("utf-8")]
    for file in stale:
        if arguments.check:
            print(f"{source_name(file)} is stale; run tools/registers.py", file=sys.stderr)
        else:
            file.write_text(files[file], encoding="utf-8")
    return 1 if arguments.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
