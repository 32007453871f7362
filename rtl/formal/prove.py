#!/usr/bin/env python3
"""Proves a module of this folder with yosys-smtbmc and z3: prove.py NAME [FAULT]; with FAULT (rtl/faults.svh) planted it
must not hold. Prints the solver's verdict; exit 0 if it is the one expected."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
RTL = HERE.parent
# Name: (top, parameters, sources, flow of the solver). Induction proves for any depth, else up to the depth given.
DMA = ["../ip/accelerator/accelerator_regs_pkg.sv", "shell_pkg.sv", "fifo.sv", "block_cursor.sv"]
PROOFS = {
    "lut_pe": ("lut_pe_proof", {}, ["carry_order.sv", "lut_row.sv", "lut_shift.sv", "row_correction.sv"],
               [["-t", "3"], ["-i", "-t", "2"]]),
    "dsp_pe": ("dsp_pe_proof", {}, ["formal/dsp_mac_products.sv", "dsp_row.sv"], [["-t", "4"], ["-i", "-t", "4"]]),
    "dma_read": ("dma_read_proof", {"BeatBytes": 16}, DMA + ["dma_read.sv"], [["-t", "12"]]),
    "dma_read_narrow": ("dma_read_proof", {"BeatBytes": 8}, DMA + ["dma_read.sv"], [["-t", "12"]]),
    "dma_write": ("dma_write_proof", {"BeatBytes": 16}, DMA + ["dma_write.sv"], [["-t", "12"]]),
    "dma_write_narrow": ("dma_write_proof", {"BeatBytes": 8}, DMA + ["dma_write.sv"], [["-t", "12"]]),
}


def model(name, fault, out):
    top, parameters, sources, _ = PROOFS[name]
    files = " ".join(str(RTL / s) for s in sources + [f"formal/{top}.sv"])
    plant = f"-DMSD_FAULT_PLANTED={fault}" if fault else ""
    chosen = "".join(f"chparam -set {k} {v} {top}; " for k, v in parameters.items())
    # dsp_pe's products, the same cells on both sides after merging, become any values within the bounds assumed.
    cut = "cutpoint t:$mul;" if name == "dsp_pe" else ""
    # Down to gates: z3 then has formulas of single bits, in which it finds these proofs in seconds.
    gates = "AND,XOR" if name == "lut_pe" else "AND,XOR,MUX"
    script = (f"read_verilog -sv -formal {plant} -I{RTL} {files}; {chosen}hierarchy -check -top {top}; "
              f"prep -flatten; memory_map; async2sync; opt -full; {cut} techmap; opt -full; dffunmap; "
              f"abc -g {gates}; opt_clean; write_smt2 -wires {out}")
    subprocess.run(["yosys", "-q", "-p", script], check=True)


def holds(smt2, options):
    run = subprocess.run(["yosys-smtbmc", "-s", "z3", *options, smt2], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = [line.rsplit("\b", 1)[-1].strip() for line in run.stdout.splitlines()]
    for line in lines:
        if "Assert failed" in line or "Status" in line or "induction" in line.lower():
            print(" ".join(options), "|", line)
    if not any("Status" in line for line in lines):
        sys.exit(f"{smt2}: no verdict:\n{run.stdout[-2000:]}")
    return any("Status: PASSED" in line for line in lines)


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in PROOFS:
        sys.exit(f"usage: prove.py {'|'.join(PROOFS)} [fault]")
    name, fault = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder:
        smt2 = str(pathlib.Path(folder) / "model.smt2")
        model(name, fault, smt2)
        proven = all(holds(smt2, options) for options in PROOFS[name][3])
    if proven == bool(fault):
        sys.exit(f"{name}: {'holds although fault ' + fault + ' is planted' if fault else 'does not hold'}")
    print(f"{name}: {'fails with fault ' + fault + ', as it must' if fault else 'proven'}")


main()
