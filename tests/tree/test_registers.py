"""The register generator: what it writes, that it notices stale files, and what it says of a wrong map."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import registers  # noqa: E402  (the script itself)

GOOD = """
name = "timer"
prefix = "TIM"
base = 0x1000
size = 0x100
[[register]]
name = "CTRL"
offset = 0x00
access = "rw"
reset = 0x2
description = "Control."
fields = [
  { name = "ON", bits = "0", description = "Runs." },
  { name = "MODE", bits = "3:1", description = "How.", values = [{ name = "UP", value = 5, description = "Up." }] },
]
[[register]]
name = "WHY"
offset = 0x04
access = "ro"
description = "Why it stopped."
values = [
  { name = "NONE", value = 0, description = "It has not." },
  { name = "END", value = 7, description = "It said \\"end\\"." },
]
"""

# (text to replace, replacement, message)
WRONG = [
    ('bits = "3:1"', 'bits = "1:0"', "timer.regs.toml: register CTRL.MODE: bits 1:0 overlap an earlier field"),
    ('bits = "0"', 'bits = "2"', "timer.regs.toml: register CTRL.MODE: bits 3:1 overlap an earlier field"),
    ('bits = "3:1"', 'bits = "1:3"', "timer.regs.toml: register CTRL.MODE: bits 1:3 must lie in 31:0, high before low"),
    ('bits = "3:1"', 'bits = "32"', "timer.regs.toml: register CTRL.MODE: bits 32 must lie in 31:0, high before low"),
    ('bits = "0"', 'bits = "x"', "timer.regs.toml: register CTRL.ON: bits 'x' must be 'high:low' or one number"),
    ("offset = 0x04", "offset = 0x00", "timer.regs.toml: register WHY: offset 0x0 is already CTRL"),
    ("offset = 0x04", "offset = 0x06",
     "timer.regs.toml: register WHY: offset 0x6 must be a multiple of 4 below the size 0x100"),
    ("offset = 0x04", "offset = 0x100",
     "timer.regs.toml: register WHY: offset 0x100 must be a multiple of 4 below the size 0x100"),
    ("offset = 0x04", "", "timer.regs.toml: register WHY: key 'offset' is missing"),
    ("offset = 0x04", "offset = 'a'", "timer.regs.toml: register WHY: 'offset' is 'a', but must be of type int"),
    ('access = "ro"', 'access = "r"', "timer.regs.toml: register WHY: access 'r' must be one of ro, wo, rw, rw1c"),
    ('access = "ro"', 'acces = "ro"',
     "timer.regs.toml: register WHY: unknown key 'acces'; a register has access, description, fields, name, offset, "
     "reset, values"),
    ("reset = 0x2", "reset = 0x100000000", "timer.regs.toml: register CTRL: reset 0x100000000 does not fit 32 bits"),
    ("value = 5", "value = 8", "timer.regs.toml: register CTRL.MODE: value UP: 8 does not fit 3 bits"),
    ("value = 7", "value = 0", "timer.regs.toml: register WHY: value END: 0 is already NONE"),
    ('name = "END"', 'name = "NONE"', "timer.regs.toml: register WHY: value NONE: the name appears twice"),
    ('name = "WHY"', 'name = "CTRL_ON"',
     "timer.regs.toml: register CTRL_ON: the C name TIM_CTRL_ON is already that of register CTRL.ON"),
    ('name = "WHY"', 'name = "why"', "timer.regs.toml: register why: name 'why' must match [A-Z][A-Z0-9_]*"),
    ('name = "timer"', 'name = "clock"', "timer.regs.toml: name 'clock' must be the file's"),
    ("size = 0x100", "size = 100", "timer.regs.toml: size 0x64 must be a power of two, at least 4"),
    ("base = 0x1000", "base = 0x1010",
     "timer.regs.toml: base 0x1010 must be a multiple of the size 0x100 in 32 bits"),
    ("base = 0x1000", "base = ", "timer.regs.toml: Invalid value (at line 4, column 8)"),
]


class Registers(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def generate(self, text, *options):
        (self.folder / "timer.regs.toml").write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, ROOT / "tools/registers.py", "--docs", self.folder, *options,
                               self.folder / "timer.regs.toml"], capture_output=True, text=True)

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def test_the_three_outputs_agree_with_the_map(self):
        self.assertEqual(0, self.generate(GOOD).returncode)
        header = self.read("timer_regs.h")
        for line in ("#define TIM_REGS_BASE 0x00001000u", "#define TIM_REGS_SIZE 0x100u", "#define TIM_CTRL 0x00u",
                     "#define TIM_CTRL_RESET 0x2u", "#define TIM_CTRL_ON 0x1u", "#define TIM_CTRL_MODE_MASK 0xeu",
                     "#define TIM_CTRL_MODE_SHIFT 1u", "#define TIM_CTRL_MODE_UP 5u", "#define TIM_WHY_END 7u"):
            self.assertRegex(header, rf"(?m)^{line}( |$)")
        package = self.read("timer_regs_pkg.sv")
        for text in ("package timer_regs_pkg;", "localparam logic [31:0] BASE = 32'h00001000;",
                     "localparam logic [7:0] WHY = 8'h4;", "localparam int CTRL_ON_BIT = 0;",
                     "localparam int CTRL_MODE_MSB = 3;", "localparam logic [2:0] CTRL_MODE_UP = 3'd5;"):
            self.assertIn(text, package)
        self.assertIn("| `0x04` | `WHY` | ro | 0 | Why it stopped. |", self.read("registers_timer.md"))

    def test_the_header_compiles_as_c_and_cpp(self):
        self.generate(GOOD)
        (self.folder / "use.c").write_text(
            '#include "timer_regs.h"\n#include <string.h>\n'
            'int main(void) { return strcmp(tim_why_name(TIM_WHY_END), "END") || strcmp(tim_why_name(3), "?") ||\n'
            '    strcmp(tim_register_name(TIM_WHY), "WHY") || tim_register_name(8) != 0 ||\n'
            '    strcmp(tim_why_text(7), "It said \\"end\\"."); }\n', encoding="utf-8")
        for compiler in (["cc", "-std=c11"], ["c++", "-std=c++17", "-x", "c++"]):
            subprocess.run([*compiler, "-Wall", "-Wextra", "-Werror", self.folder / "use.c", "-o", self.folder / "use"],
                           check=True)
            subprocess.run([self.folder / "use"], check=True)

    def test_a_stale_or_missing_output_is_named(self):
        self.assertEqual(1, self.generate(GOOD, "--check").returncode)
        self.assertEqual(0, self.generate(GOOD).returncode)
        self.assertEqual(0, self.generate(GOOD, "--check").returncode)
        run = self.generate(GOOD.replace("offset = 0x04", "offset = 0x08"), "--check")
        self.assertEqual(1, run.returncode)
        self.assertEqual([f"{name} is stale; run tools/registers.py"
                          for name in ("timer_regs.h", "timer_regs_pkg.sv", "registers_timer.md")],
                         run.stderr.splitlines())

    def test_a_wrong_map_is_refused_with_its_place(self):
        path = self.folder / "timer.regs.toml"
        for old, new, message in WRONG:
            with self.subTest(message):
                self.assertEqual(1, GOOD.count(old))
                path.write_text(GOOD.replace(old, new), encoding="utf-8")
                with self.assertRaises(registers.MapError) as caught:
                    registers.read_map(path)
                self.assertEqual(message, str(caught.exception))

    def test_a_wrong_map_ends_with_status_2_and_writes_nothing(self):
        old, new, message = WRONG[0]
        run = self.generate(GOOD.replace(old, new))
        self.assertEqual((2, message + "\n"), (run.returncode, run.stderr))
        self.assertEqual(["timer.regs.toml"], [file.name for file in self.folder.iterdir()])


if __name__ == "__main__":
    unittest.main()
