"""The coverage report: data of several models merged, what is not reached argued or told, and the real report (long)."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "rtl"))
import coverage  # noqa: E402  (the script itself)

SOURCE = """module queue (
  input logic [2:0] data_i,
  input logic clear_i);
  always_comb begin
    if (clear_i) level = 0;
    else level = 1;
  end
endmodule
"""
# (line, column, page, name, count) of one model and of another, the same module with other parameters.
FIRST = [(2, 20, "v_toggle/queue__D4", "data_i[0]", 5), (2, 20, "v_toggle/queue__D4", "data_i[1]", 0),
         (2, 20, "v_toggle/queue__D4", "data_i[2]", 0), (3, 14, "v_toggle/queue__D4", "clear_i", 0),
         (5, 5, "v_branch/queue__D4", "if", 0), (5, 6, "v_branch/queue__D4", "else", 7)]
SECOND = [(2, 20, "v_toggle/queue__D8", "data_i[0]", 0), (2, 20, "v_toggle/queue__D8", "data_i[1]", 1),
          (2, 20, "v_toggle/queue__D8", "data_i[2]", 0), (3, 14, "v_toggle/queue__D8", "clear_i", 0)]
ARGUED = """# A comment.
Nobody clears,
so nothing is cleared.
    queue.sv  clear_i
    queue.sv  : if: if (clear_i) *
Small numbers.
    queue.sv  data_i[2]
"""


def point(line, column, page, name, count):
    fields = {"f": "/anywhere/queue.sv", "l": line, "n": column, "t": page.split("/", maxsplit=1)[0][2:], "page": page, "o": name,
              "S": str(line), "h": "soc accelerator.queue"}
    return "C '" + "".join(f"\x01{k}\x02{v}" for k, v in fields.items()) + f"' {count}\n"


class Coverage(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        place = pathlib.Path(self.folder.name)
        (place / "queue.sv").write_text(SOURCE)
        for name, points in (("a.dat", FIRST), ("b.dat", SECOND)):
            (place / name).write_text("# SystemC::Coverage-3\n" + "".join(point(*p) for p in points))
        self.counts = coverage.read_points([place / "a.dat", place / "b.dat"], place)

    def wrong(self, argued):
        return coverage.judge(self.counts, coverage.read_argued(argued))[1]

    def test_coverage_counts_a_point_that_any_model_reached(self):
        self.assertEqual(coverage.totals(self.counts), ([2, 1, 0], [4, 2, 0]))

    def test_coverage_argued_to_the_last_point_is_right(self):
        argued, wrong = coverage.judge(self.counts, coverage.read_argued(ARGUED))
        self.assertEqual(wrong, [])
        campaign = ("8x8+4x4", None, {"programs": 3, "cycles": 70}, coverage.totals(self.counts))
        text = coverage.document(self.counts, argued, [campaign])
        self.assertIn("Blocks: 50.00 % (1 of 2). Bits: 50.00 % (2 of 4).", text)
        self.assertIn("**Nobody clears, so nothing is cleared.** Points: 2.\n\n"
                      "* `queue.sv`: `clear_i`, `: if: if (clear_i) level = 0;`", text)

    def test_coverage_tells_a_point_neither_reached_nor_argued(self):
        self.assertEqual(self.wrong(ARGUED.replace("data_i[2]", "clear_i")), ["neither reached nor argued: queue.sv data_i[2]"])
        self.assertEqual(self.wrong(ARGUED.replace("    queue.sv  : if: if (clear_i) *\n", "")),
                         ["neither reached nor argued: queue.sv : if: if (clear_i) level = 0;"])

    def test_coverage_tells_a_pattern_that_is_reached_or_of_nothing(self):
        self.assertEqual(self.wrong(ARGUED.replace("data_i[2]", "data_i[2:1]")),
                         ["argued, but reached: queue.sv data_i[2:1]: data_i[1]"])
        self.assertEqual(self.wrong(ARGUED + "    queue.sv  date_i\n"), ["argued, but there is no such point: queue.sv date_i"])
        self.assertEqual(self.wrong(ARGUED + "    queue.sv  : else: if (clear_i) *\n"),
                         ["argued, but reached: queue.sv : else: if (clear_i) *: : else: if (clear_i) level = 0;"])
        self.assertEqual(self.wrong(ARGUED + "Nothing at all.\n"), ["a reason without patterns: Nothing at all."])


# Signals of one bit to 160, a struct, two instances of a module.
TOP = """module top (
  input logic clk_i, rst_i, start_i, input shell_pkg::block_t block_i, input logic [31:0] act_i, input logic [3:0] digit_i,
  input logic valid_i, clear_i, output logic [127:0] acc_o, output logic read_o, last_o, output logic [15:0] address_o);
  logic [31:0] act, below;
  logic [127:0] acc;
  logic [63:0] sum;
  lut_row #(.Cols(4)) u_upper (.clk_i, .act_i, .digit_i, .valid_i, .clear_i, .act_o(act), .acc_o);
  lut_row #(.Cols(4)) u_lower (.clk_i, .act_i(act), .digit_i(~digit_i), .valid_i, .clear_i, .act_o(below), .acc_o(acc));
  hand_cursor u_cursor (.clk_i, .rst_i, .start_i, .block_i, .read_o, .address_o, .last_o);
  always_ff @(posedge clk_i) sum <= sum + acc[63:0] + 64'(below);
endmodule
"""
MAIN = """#include <random>
#include "Vtop.h"
#include "verilated.h"
int main(int, char** arguments) {
    VerilatedContext context;
    Vtop top(&context);
    std::mt19937 random(1);
    for (int i = 0; i < 3000; ++i) {
        top.rst_i = i < 3;
        top.start_i = random() % 50 == 0;
        if (top.start_i)
            for (int k = 0; k < 5; ++k) top.block_i[k] = random() & random() & (k < 2 ? 0x0003000fu : 0xffffffffu);
        top.act_i = random();
        top.digit_i = random() & 15;
        top.valid_i = random() % 3 != 0;
        top.clear_i = random() % 40 == 0 && !top.valid_i;
        for (int clock = 0; clock < 2; ++clock) top.clk_i = clock, top.eval();
    }
    context.coveragep()->write(arguments[1]);
}
"""


class LongCoverage(unittest.TestCase):
    def test_coverage_counts_packed_as_verilator_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder)
            (place / "top.sv").write_text(TOP)
            (place / "main.cpp").write_text(MAIN)
            sources = [ROOT / "ip/accelerator/accelerator_regs_pkg.sv",
                       *(ROOT / "rtl" / f"{name}.sv" for name in ("shell_pkg", "lut_shift", "lut_row", "hand_cursor"))]
            data = []
            for program in ("verilator_bin", ROOT / "platform/rtl_accelerator/model/pack_toggles.py"):
                built = place / pathlib.Path(program).stem
                subprocess.run([program, "--Mdir", built, "--cc", "--exe", "-Wno-fatal", f"-I{ROOT / 'rtl'}", "--coverage-line",
                                "--coverage-toggle", "--coverage-max-width", "4096", "-fno-inline", "--top-module", "top",
                                "--prefix", "Vtop", *sources, place / "top.sv", place / "main.cpp"],
                               check=True, capture_output=True)
                subprocess.run(["make", "-C", built, "-f", "Vtop.mk"], check=True, capture_output=True)
                subprocess.run([built / "Vtop", built / "coverage.dat"], check=True)
                data.append(sorted((built / "coverage.dat").read_text(errors="replace").splitlines()))
            packed = "".join(f.read_text() for f in (place / "pack_toggles").glob("*.cpp"))
            self.assertGreater(packed.count("msd_toggled("), 50)
            self.assertEqual(data[0], data[1])

    def test_coverage_of_the_rtl_is_as_reported(self):
        with tempfile.TemporaryDirectory() as folder:
            report = pathlib.Path(folder) / "coverage.md"
            subprocess.run([sys.executable, "-B", ROOT / "rtl/coverage.py", "--msd", os.environ["MSD_PROGRAM"], "-o", report],
                           check=True)
            self.assertEqual(report.read_text(), (ROOT / "docs/coverage.md").read_text())


if __name__ == "__main__":
    unittest.main()
