#!/usr/bin/env python3
"""Synthesises the RTL with Yosys for 7-series and UltraScale+ and writes what each module costs: rtl/synthesis.csv, the
table ip/msd_pe/core/area_table.h that area.cpp sums up, and the first half of docs/synthesis.md.

    rtl/synth.py [--jobs N] [--cache FOLDER] [name ...]     only these modules are synthesised again
"""
import argparse
import concurrent.futures
import csv
import json
import pathlib
import re
import subprocess

RTL = pathlib.Path(__file__).resolve().parent
ROOT = RTL.parent
FAMILIES = ("xc7", "xcup")
# Name in the tables: (module, parameters, own cells only, what it stands for).
MODULES = {
    "lut_pe": ("lut_row", {"Cols": 8}, "8 LUT elements of a row"),
    "dsp_pe": ("dsp_row", {"Cols": 4}, "4 DSP elements of a row"),
    "lut_array_4x4": ("lut_array", {"Rows": 4, "Cols": 4, "Levels": 1}, "LUT array, 4 rows of 4"),
    "lut_array_4x8": ("lut_array", {"Rows": 4, "Cols": 8, "Levels": 1}, "LUT array, 4 rows of 8"),
    "lut_array_8x4": ("lut_array", {"Rows": 8, "Cols": 4, "Levels": 2}, "LUT array, 8 rows of 4"),
    "lut_array_8x8": ("lut_array", {"Rows": 8, "Cols": 8, "Levels": 2}, "LUT array, 8 rows of 8"),
    "dsp_array_4x2": ("dsp_array", {"Rows": 4, "Cols": 2, "Levels": 1}, "DSP array, 4 rows of 2"),
    "dsp_array_4x4": ("dsp_array", {"Rows": 4, "Cols": 4, "Levels": 1}, "DSP array, 4 rows of 4"),
    "dsp_array_8x2": ("dsp_array", {"Rows": 8, "Cols": 2, "Levels": 2}, "DSP array, 8 rows of 2"),
    "dsp_array_8x4": ("dsp_array", {"Rows": 8, "Cols": 4, "Levels": 2}, "DSP array, 8 rows of 4"),
    "act_edge_lut": ("act_edge", {"Cols": 32, "Pixels": 1, "Depth": 1024}, "activation groups of 32 LUT columns"),
    "act_edge_dsp": ("act_edge", {"Cols": 32, "Pixels": 2, "Depth": 1024}, "activation groups of 32 DSP columns"),
    "row_feeder_lut": ("row_feeder", {"DigitW": 4}, "feeder of one LUT row"),
    "row_feeder_dsp": ("row_feeder", {"DigitW": 8}, "feeder of one DSP row"),
    "weight_bank": ("weight_bank", {"Depth": 2048}, "weight bank of 32 LUT or 16 DSP rows"),
    "acc_bank": ("acc_bank", {"Entries": 512}, "accumulator bank of one pixel column"),
    "drain_line": ("drain_line", {"Cols": 16, "Delay": 5}, "drain tokens of 16 columns"),
    "core_ctrl": ("core_ctrl", {"Rows": 48}, "slot sequencer of a core"),
    "exec_ctrl": ("exec_ctrl", {"Release": 48, "Drain": 101}, "state of execution"),
    "core_4x4": ("core_top", {"LutRows": 4, "LutCols": 4, "DspRows": 4, "DspCols": 4}, "executing core, 4x4 LUT, 4x4 DSP"),
    "post_unit": ("post_unit", {"LutRows": 48, "LutCols": 48, "DspRows": 16, "DspCols": 16, "AccEntries": 512,
                                "OutWords": 4096, "TileChannels": 1024}, "post-processing, output buffer, parameters"),
    "shell": ("shell", {"LutRows": 48, "LutCols": 48, "DspRows": 16, "DspCols": 16},
              "registers, descriptors, DMA, loads, stores"),
}


def cells_of(modules, name, own):
    """Cells of a module with its submodules', or (own) without them, by type."""
    total = {}
    for kind, count in modules[name]["num_cells_by_type"].items():
        if "\\" + kind in modules or kind in modules:
            if own:
                continue
            inner = cells_of(modules, "\\" + kind if "\\" + kind in modules else kind, own)
            for k, n in inner.items():
                total[k] = total.get(k, 0) + n * count
        else:
            total[kind] = total.get(kind, 0) + count
    return total


def resources(cells):
    """LUT, FF, CARRY4, DSP blocks, BRAM in halves of a 36 Kib block."""
    def count(pattern, weight=lambda name: 1):
        return sum(n * weight(name) for name, n in cells.items() if re.fullmatch(pattern, name))
    ram_luts = {"RAM32M16": 8, "RAM64M8": 8, "RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4}
    return {
        "lut": count("LUT[1-6]") + count("SRL(16E|C32E)") + sum(n * ram_luts.get(c, 0) for c, n in cells.items()),
        "ff": count("FD[RSCP]E(_1)?"),
        "carry4": count("CARRY4"),
        "dsp": count("DSP48E[12]"),
        "bram18": count("RAMB36E[12]") * 2 + count("RAMB18E[12]"),
    }


def synthesise(job):
    name, family, cache = job
    module, parameters, _ = MODULES[name]
    out = cache / f"{name}.{family}.json"
    packages = [ROOT / "ip/accelerator/accelerator_regs_pkg.sv", *sorted(RTL.glob("*_pkg.sv"))]
    files = " ".join(str(f) for f in [*packages, *sorted(f for f in RTL.glob("*.sv") if f not in packages)])
    chosen = " ".join(f"-chparam {k} {v}" for k, v in parameters.items())
    blocks = "-DMSD_DSP48E2 " if family == "xcup" else ""
    # Without -flatten: a module is synthesised once and counted as often as it is used; nothing merges across borders.
    script = (f"read_verilog -lib +/xilinx/cells_sim.v +/xilinx/cells_xtra.v; read_verilog -sv {blocks}-I{RTL} {files}; hierarchy -check -top {module} {chosen}; "
              f"synth_xilinx -family {family} -noiopad -noclkbuf; tee -q -o {out} stat -json")
    run = subprocess.run(["yosys", "-q", "-p", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode:
        out.unlink(missing_ok=True)
        raise SystemExit(f"{name}, {family}: {run.stdout[-800:]}")
    return name, family


def load(name, family, cache):
    text = (cache / f"{name}.{family}.json").read_text()
    # Yosys 0.23 prints the hierarchy as plain text into the JSON; what is before it is well formed.
    modules = json.loads(text[:text.index("\n   },\n")] + "}}")["modules"]
    module = MODULES[name][0]
    top = [m for m in modules if m.lstrip("\\") == module or m.startswith(f"$paramod\\{module}\\") or
           re.fullmatch(rf"\$paramod\$[0-9a-f]+\\{module}", m)]
    assert len(top) == 1, (name, list(modules))
    return resources(cells_of(modules, top[0], False)), resources(cells_of(modules, top[0], True))


KEYS = ("lut", "ff", "carry4", "dsp", "bram18")


def write_tables(cache):
    rows, own = {}, {}
    for name in MODULES:
        for family in FAMILIES:
            rows[name, family], own[name, family] = load(name, family, cache)
    with open(RTL / "synthesis.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["family", "name", "module", "parameters", *KEYS])
        for family in FAMILIES:
            for name, (module, parameters, _) in MODULES.items():
                text = " ".join(f"{k}={v}" for k, v in parameters.items())
                out.writerow([family, name, module, text, *(rows[name, family][k] for k in KEYS)])
            out.writerow([family, "core_top_own", "core_top", "without its modules, 3 groups",
                          *(own["core_4x4", family][k] for k in KEYS)])
    lines = ["// What Yosys makes of each module, written by rtl/synth.py. Do not edit.",
             "#pragma once", "", "namespace msd::pe::area_table {", "",
             "// LUT, FF, DSP blocks, halves of a 36 Kib block RAM.", "struct Row {",
             "    double lut, ff, dsp, bram18;", "};", ""]
    for family in FAMILIES:
        lines += [f"namespace {family} {{"]
        for name in [*MODULES, "core_top_own"]:
            r = own["core_4x4", family] if name == "core_top_own" else rows[name, family]
            lines.append(f"constexpr Row {name}{{{r['lut']}, {r['ff']}, {r['dsp']}, {r['bram18']}}};")
        lines += [f"}}  // namespace {family}", ""]
    lines += ["}  // namespace msd::pe::area_table", ""]
    (ROOT / "ip/msd_pe/core/area_table.h").write_text("\n".join(lines))
    write_document(rows)


def write_document(rows):
    path = ROOT / "docs/synthesis.md"
    mark = "<!-- generated by rtl/synth.py from here -->"
    end = "<!-- to here -->"
    table = [mark, "", "| module | parameters | xc7: LUT | FF | DSP | BRAM36 | xcup: LUT | FF | DSP | BRAM36 |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    for name, (module, parameters, what) in MODULES.items():
        text = ", ".join(f"{k} {v}" for k, v in parameters.items())
        numbers = []
        for family in FAMILIES:
            r = rows[name, family]
            numbers += [r["lut"], r["ff"], r["dsp"], f"{r['bram18'] / 2:g}"]
        table.append(f"| `{module}`: {what} | {text} | " + " | ".join(str(n) for n in numbers) + " |")
    pe = {f: rows["lut_pe", f] for f in FAMILIES}
    dsp = {f: rows["dsp_pe", f] for f in FAMILIES}
    table += ["", "| one element | xc7: LUT | FF | xcup: LUT | FF | published: LUT | FF |", "|---|---|---|---|---|---|---|",
              "| LUT, exact 32-bit sums | " + " | ".join(
                  f"{pe[f]['lut'] / 8:.1f} | {pe[f]['ff'] / 8:.1f}" for f in FAMILIES) +
              " | 17-20 (8-bit sums, wrong) | 21-23 |",
              "| DSP, two exact 32-bit sums | " + " | ".join(
                  f"{dsp[f]['lut'] / 4:.1f} | {dsp[f]['ff'] / 4:.1f}" for f in FAMILIES) + " | | |", "", end]
    old = path.read_text() if path.exists() else f"{mark}\n{end}\n"
    head, rest = old.split(mark)
    path.write_text(head + "\n".join(table) + rest.split(end)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / "build/synthesis")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    jobs = [(name, family, options.cache) for name in MODULES for family in FAMILIES
            if name in options.names or not (options.cache / f"{name}.{family}.json").exists()]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, family in pool.map(synthesise, jobs):
            print(f"{name} for {family}", flush=True)
    write_tables(options.cache)


main()
