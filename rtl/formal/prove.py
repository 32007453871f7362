#!/usr/bin/env python3
"""Proves modules of this folder: yosys-smtbmc and z3 by induction, ABC traces from reset.

    prove.py NAME            the assertions hold in the first cycles and follow from themselves; every `cover` is reached
    prove.py NAME FAULT      with FAULT (rtl/faults.svh) planted a trace from reset breaks an assertion
    prove.py NAME --trace F  writes the state from which an assertion does not follow to F (VCD)
    prove.py --list          all arguments it may be given, one a line

Exit 0 if the verdict is the one expected.
"""
import argparse
import dataclasses
import pathlib
import re
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
    small: dict = dataclasses.field(default_factory=dict)  # parameters of the traces from reset: covers and faults
    steps: int = 1           # of the induction: the invariant holds in so many cycles, then in the next
    depth: int = 3           # cycles from reset without induction; more than `steps`
    cover: int = 12          # cycles within which every cover is reached
    fault_depth: int = 12    # cycles within which a planted fault shows
    gates: str = "AND,XOR,MUX"
    cut: str = ""            # cells that become any value


PACKAGES = ["../ip/accelerator/accelerator_regs_pkg.sv", "shell_pkg.sv"]
CURSOR = PACKAGES + ["block_cursor.sv"]
DMA = PACKAGES + ["fifo.sv", "formal/any_cursor.sv"]
PROOFS = {
    "lut_pe": Proof("lut_pe_proof", ["carry_order.sv", "lut_row.sv", "lut_shift.sv", "row_correction.sv"], [3, 4, 12],
                    small={"Small": 1}, fault_depth=100, gates="AND,XOR"),
    # The products, the same cells on both sides after merging, become any values within the bounds assumed.
    "dsp_pe": Proof("dsp_pe_proof", ["formal/dsp_mac_products.sv", "dsp_row.sv"], [1], steps=4, depth=4, cut="t:$mul"),
    "block_cursor": Proof("block_cursor_proof", CURSOR, [40], depth=2, cover=6, fault_depth=6),
    "block_cursor_narrow": Proof("block_cursor_proof", CURSOR, [40], {"BeatBytes": 8}, depth=2, cover=6, fault_depth=6),
    "dma_read": Proof("dma_read_proof", DMA + ["dma_read.sv"], [41, 42, 43]),
    "dma_read_narrow": Proof("dma_read_proof", DMA + ["dma_read.sv"], [42], {"BeatBytes": 8}),
    "dma_write": Proof("dma_write_proof", DMA + ["dma_write.sv"], [44]),
    "dma_write_narrow": Proof("dma_write_proof", DMA + ["dma_write.sv"], [44], {"BeatBytes": 8}),
    "core_ctrl": Proof("core_ctrl_proof", ["core_pkg.sv", "core_ctrl.sv"], [7, 21, 22, 25], small={"Small": 1},
                       depth=2, cover=24, fault_depth=24),
    "hand_cursor": Proof("hand_cursor_proof", PACKAGES + ["hand_cursor.sv"], [56]),
    "post_store": Proof("post_store_proof", ["post_store.sv"], [46], cover=14),
    "fifo": Proof("fifo_proof", ["fifo.sv"], [59]),
    "fifo_of_two": Proof("fifo_proof", ["fifo.sv"], [59], {"Depth": 2}),
}


def yosys(proof, fault, small, rest):
    """Translates to single bits: memories become registers before modules are dissolved, so that invariants can name words."""
    files = " ".join(str(RTL / s) for s in proof.sources + [f"formal/{proof.top}.sv"])
    plant = f"-DMSD_FAULT_PLANTED={fault}" if fault else ""
    parameters = {**proof.parameters, **(proof.small if small else {})}
    chosen = "".join(f"chparam -set {k} {v} {proof.top}; " for k, v in parameters.items())
    cut = f"cutpoint {proof.cut};" if proof.cut else ""
    script = (f"read_verilog -sv -formal {plant} -I{RTL} -I{HERE} {files}; {chosen}hierarchy -check -top {proof.top}; proc; "
              f"opt_clean; memory -nomap; memory_map; setattr -mod -unset keep_hierarchy; flatten; opt_clean; async2sync; "
              f"opt -full; {cut} techmap; opt -full; dffunmap; {rest}")
    run = subprocess.run(["yosys", "-q", "-p", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode:
        sys.exit(run.stdout)


def solver_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def follows(proof, folder, trace):
    """Induction, by z3. Unrolled: as functions of an abstract state z3 takes minutes for what takes it seconds so."""
    smt2 = folder / "model.smt2"
    yosys(proof, None, False, f"abc -g {proof.gates}; opt_clean; write_smt2 -wires {smt2}")
    begin = solver_seconds()
    run = subprocess.run(["yosys-smtbmc", "-s", "z3", "--unroll", "--noprogress", "-i", "-t", str(proof.steps)] +
                         (["--dump-vcd", trace] if trace else []) + [str(smt2)],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = [line.split("  ", 2)[-1].strip() for line in run.stdout.splitlines()]
    said = [line for line in lines if "Assert failed" in line]
    status = [line for line in lines if line.startswith("Status")]
    if not status:
        sys.exit(f"{smt2}: no verdict:\n{run.stdout[-2000:]}")
    print(f"induction over {proof.steps}: {'; '.join(status + said)} ({solver_seconds() - begin:.1f} s)", flush=True)
    return status[0].endswith("PASSED")


def reached(proof, fault, folder, what, depth, small):
    """Of all assertions, or covers, how many a trace from reset breaks, or reaches; and how many there are. By ABC."""
    aiger = folder / f"{what}.aig"
    keep = "chformal -cover -remove" if what == "assertions" else f"chformal -assert -remove; techmap -map {HERE}/cover_map.v"
    yosys(proof, fault, small, f"{keep}; setundef -undriven -anyseq; delete -output; opt -full; techmap; opt -fast; dffunmap; "
          f"abc -g AND; opt_clean; formalff -clk2ff; write_aiger -I -B -zinit {aiger}")
    total = int(aiger.open("rb").readline().split()[6])
    begin = solver_seconds()
    every = "-a" if what == "covers" else ""
    run = subprocess.run(["yosys-abc", "-c", f"read_aiger {aiger}; fold; strash; bmc3 {every} -F {depth}"], cwd=folder,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    found = re.findall(r"Output +(\d+) .*was asserted in frame +(\d+)", run.stdout)
    if not found and "No output asserted" not in run.stdout:
        sys.exit(f"{aiger}: no verdict:\n{run.stdout[-2000:]}")
    last = f", the last in cycle {max(int(f) for _, f in found)}" if found else ""
    print(f"{depth} cycles from reset: {len(found)} of {total} {what} "
          f"{'broken' if what == 'assertions' else 'reached'}{last} ({solver_seconds() - begin:.1f} s)", flush=True)
    return len(found), total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", choices=PROOFS)
    parser.add_argument("fault", nargs="?", type=int)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--trace")
    options = parser.parse_args()
    if options.list or not options.name:
        for name, proof in PROOFS.items():
            print("\n".join([name] + [f"{name} {fault}" for fault in proof.faults]))
        return
    name, fault, proof = options.name, options.fault, PROOFS[options.name]
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = pathlib.Path(name_of_folder)
        if fault:
            if not reached(proof, fault, folder, "assertions", proof.fault_depth, True)[0]:
                sys.exit(f"{name}: holds although fault {fault} is planted")
            print(f"{name}: fails with fault {fault}, as it must")
            return
        seen, covers = reached(proof, None, folder, "covers", proof.cover, True)
        if seen < covers or not covers:
            sys.exit(f"{name}: the assumptions leave out what they must not")
        if reached(proof, None, folder, "assertions", proof.depth, False)[0] or not follows(proof, folder, options.trace):
            sys.exit(f"{name}: does not hold")
    print(f"{name}: proven, {solver_seconds():.1f} s CPU with Yosys")


main()
