#!/usr/bin/env python3
"""Proves modules of this folder with yosys-smtbmc and z3.

    prove.py NAME            holds from any state of the invariant, from reset on, and every `cover` is reachable
    prove.py NAME FAULT      with FAULT (rtl/faults.svh) planted a trace from reset breaks it
    prove.py --list          all arguments it may be given, one a line

Exit 0 if the verdict is the one expected.
"""
import argparse
import dataclasses
import pathlib
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
RTL = HERE.parent


@dataclasses.dataclass
class Proof:
    top: str
    sources: list
    faults: list
    parameters: dict = dataclasses.field(default_factory=dict)
    steps: int = 1           # of the induction: the invariant holds in so many cycles, then in the next
    depth: int = 3           # cycles from reset without induction; more than `steps`
    cover: int = 12          # cycles within which every cover is reached
    fault_depth: int = 12    # cycles within which a planted fault shows
    gates: str = "AND,XOR,MUX"
    cut: str = ""            # cells that become any value


CURSOR = ["../ip/accelerator/accelerator_regs_pkg.sv", "shell_pkg.sv", "block_cursor.sv"]
DMA = ["../ip/accelerator/accelerator_regs_pkg.sv", "shell_pkg.sv", "fifo.sv", "formal/any_cursor.sv"]
PROOFS = {
    "lut_pe": Proof("lut_pe_proof", ["carry_order.sv", "lut_row.sv", "lut_shift.sv", "row_correction.sv"], [3, 4, 12],
                    gates="AND,XOR"),
    # The products, the same cells on both sides after merging, become any values within the bounds assumed.
    "dsp_pe": Proof("dsp_pe_proof", ["formal/dsp_mac_products.sv", "dsp_row.sv"], [1], steps=4, depth=4, cut="t:$mul"),
    "block_cursor": Proof("block_cursor_proof", CURSOR, [40], depth=2, cover=6, fault_depth=6),
    "block_cursor_narrow": Proof("block_cursor_proof", CURSOR, [40], {"BeatBytes": 8}, depth=2, cover=6, fault_depth=6),
    "dma_read": Proof("dma_read_proof", DMA + ["dma_read.sv"], [41, 42, 43]),
    "dma_read_narrow": Proof("dma_read_proof", DMA + ["dma_read.sv"], [42], {"BeatBytes": 8}),
    "dma_write": Proof("dma_write_proof", DMA + ["dma_write.sv"], [44]),
    "dma_write_narrow": Proof("dma_write_proof", DMA + ["dma_write.sv"], [44], {"BeatBytes": 8}),
    "fifo": Proof("fifo_proof", ["fifo.sv"], [59]),
    "fifo_of_two": Proof("fifo_proof", ["fifo.sv"], [59], {"Depth": 2}),
}


def model(proof, fault, out):
    files = " ".join(str(RTL / s) for s in proof.sources + [f"formal/{proof.top}.sv"])
    plant = f"-DMSD_FAULT_PLANTED={fault}" if fault else ""
    chosen = "".join(f"chparam -set {k} {v} {proof.top}; " for k, v in proof.parameters.items())
    cut = f"cutpoint {proof.cut};" if proof.cut else ""
    # Memories become registers before modules are dissolved, so that invariants can name their words. Then down to gates:
    # z3 has formulas of single bits, in which it finds these proofs in seconds.
    script = (f"read_verilog -sv -formal {plant} -I{RTL} -I{HERE} {files}; {chosen}hierarchy -check -top {proof.top}; proc; opt_clean; "
              f"memory -nomap; memory_map; flatten; opt_clean; async2sync; opt -full; {cut} techmap; opt -full; dffunmap; "
              f"abc -g {proof.gates}; opt_clean; write_smt2 -wires {out}")
    subprocess.run(["yosys", "-q", "-p", script], check=True)


def solver_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def holds(smt2, what, options):
    """Asks the solver. Unrolled: as functions of an abstract state z3 takes minutes for what takes it seconds so."""
    begin = solver_seconds()
    run = subprocess.run(["yosys-smtbmc", "-s", "z3", "--unroll", "--noprogress", *options, smt2], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = [line.split("  ", 2)[-1].strip() for line in run.stdout.splitlines()]
    said = [line for line in lines if "Assert failed" in line or "Unreached" in line]
    status = [line for line in lines if line.startswith("Status")]
    if not status:
        sys.exit(f"{smt2}: no verdict:\n{run.stdout[-2000:]}")
    reached = sum("Reached cover" in line for line in lines)
    if "-c" in options and not reached:
        sys.exit(f"{smt2}: nothing is covered: assumptions that nobody has seen fulfilled")
    print(f"{what}: {'; '.join(status + said)} ({solver_seconds() - begin:.1f} s)", flush=True)
    return status[0].endswith("PASSED")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", choices=PROOFS)
    parser.add_argument("fault", nargs="?", type=int)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list or not options.name:
        for name, proof in PROOFS.items():
            print("\n".join([name] + [f"{name} {fault}" for fault in proof.faults]))
        return
    name, fault, proof = options.name, options.fault, PROOFS[options.name]
    with tempfile.TemporaryDirectory() as folder:
        smt2 = str(pathlib.Path(folder) / "model.smt2")
        model(proof, fault, smt2)
        if fault:
            if holds(smt2, f"{proof.fault_depth} cycles from reset", ["-t", str(proof.fault_depth)]):
                sys.exit(f"{name}: holds although fault {fault} is planted")
            print(f"{name}: fails with fault {fault}, as it must")
            return
        good = (holds(smt2, f"{proof.depth} cycles from reset", ["-t", str(proof.depth)]) and
                holds(smt2, f"induction over {proof.steps}", ["-i", "-t", str(proof.steps)]) and
                holds(smt2, f"covers within {proof.cover} cycles", ["-c", "-t", str(proof.cover)]))
    if not good:
        sys.exit(f"{name}: does not hold")
    print(f"{name}: proven, {solver_seconds():.1f} s CPU with Yosys")


main()
