"""What people see on a terminal: table, colours, progress, verbose lines, manual, completion; and what breaks, breaks well."""
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time
import unittest

from runs import MSD, QUICKSTART, ROOT, Run


def on_terminal(arguments, folder, environment=None):
    """The program on a terminal of its own: exit status and everything it wrote."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve(arguments[0], arguments, {**os.environ, "TERM": "xterm", **(environment or {})})
    output, end = b"", time.monotonic() + 120
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            data = os.read(terminal, 1 << 16)
        except OSError:  # how a terminal says that its program has ended
            break
        if not data:
            break
        output += data
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), output.decode()


class Terminal(Run):
    RUN = ["run", str(QUICKSTART), "--set", "network.images=1", "--out", "o"]

    def test_the_table_is_coloured_on_a_terminal_only(self):
        status, text = on_terminal([MSD, *self.RUN], self.folder)
        self.assertEqual(status, 0, text)
        self.assertIn("\x1b[", text)
        plain = self.msd(*self.RUN)
        self.assertNotIn("\x1b", plain.stdout + plain.stderr)
        self.assertEqual(re.sub(r"\x1b\[[0-9;]*[mK]|\r", "", text), plain.stdout)
        _, text = on_terminal([MSD, *self.RUN], self.folder, {"NO_COLOR": "1"})
        self.assertNotIn("\x1b[3", text)
        for layer in self.report()["layers"]:
            line, = [l for l in plain.stdout.splitlines() if l.split()[:1] == [layer["name"]]]
            self.assertEqual(line.split()[2:4], [str(layer["cycles"]), str(layer["predicted_cycles"])])

    def test_quiet_says_nothing_and_verbose_a_line_a_tile(self):
        self.assertEqual(self.msd(*self.RUN, "--quiet").stdout, "")
        done = self.msd(*self.RUN, "--verbose")
        tiles = [l.split() for l in done.stdout.splitlines() if re.match(r"    0  \S", l)]
        wanted = {(r["layer"], r["tile"]) for r in self.latency()}
        self.assertEqual({(l[1], int(l[2])) for l in tiles}, wanted)
        self.assertEqual(len(tiles), len(wanted))
        ends = {(r["layer"], r["tile"]): r["end_cycle"] for r in self.latency() if r["unit"] == "store"}
        for line in tiles:
            if (line[1], int(line[2])) in ends:
                self.assertEqual(int(line[5]), ends[line[1], int(line[2])])
        self.assertEqual(self.msd(*self.RUN, "--verbose", "--quiet").returncode, 2)

    def test_progress_shows_after_two_seconds_with_the_time_left(self):
        images = self.folder / "images.bin"
        images.write_bytes(bytes(3073) * 1500)
        begun = time.monotonic()
        status, text = on_terminal([MSD, "run", str(QUICKSTART), "--set", "network.input=cifar10:images.bin", "--set", "check.output=off",
                                    "--set", "check.min_top1=0", "--out", "o"], self.folder)
        took = time.monotonic() - begun
        self.assertEqual(status, 0, text)
        shares = [int(p) for p in re.findall(r"simulating \[[# ]{30}\] +(\d+) %, \d+ s left", text)]
        if took > 8:
            self.assertGreater(len(shares), 2)
        self.assertEqual(shares, sorted(shares))
        done = self.msd(*self.RUN)
        self.assertEqual(done.stderr, "", "no progress where nobody reads it")

    def test_the_manual_and_the_completion_know_every_command_flag_and_key(self):
        usage = self.msd("--help").stdout
        names = re.findall(r"^  ([a-z]+)  ", usage[usage.index("Subcommands:"):], re.M)
        self.assertIn("run", names)
        self.assertNotIn("manual", names)
        manual, completion = self.msd("manual").stdout, self.msd("completion").stdout
        keys = re.findall(r"^([a-z_0-9.]+)$", self.msd("describe").stdout, re.M)
        self.assertGreater(len(keys), 30)
        for key in keys:
            self.assertIn(f".B {key}\n", manual.replace("\\-", "-"))
        for name in names:
            self.assertIn(f'.SS "msd {name}"', manual)
            for flag in re.findall(r"(--[a-z-]+)", self.msd(name, "--help").stdout):
                self.assertIn(flag, manual.replace("\\-", "-") + " --help", name)
        if shutil.which("man"):
            page = self.folder / "msd.1"
            page.write_text(manual)
            shown = subprocess.run(["man", "--warnings", "-l", page], capture_output=True, text=True, env={**os.environ, "MANWIDTH": "100"})
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))

        def complete(*words):
            script = completion + "\nCOMP_WORDS=({}); COMP_CWORD={}; _msd; printf '%s\\n' \"${{COMPREPLY[@]}}\"".format(
                " ".join(f"'{w}'" for w in words), len(words) - 1)
            done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=self.folder)
            self.assertEqual(done.stderr, "")
            return done.stdout.split()
        self.assertEqual(set(complete("msd", "")) - {"--help", "--version"}, set(names))
        self.assertEqual(complete("msd", "run", "--qu"), ["--quiet"])
        self.assertEqual(complete("msd", "run", "--set", "dram.p"), ["dram.preset="])
        self.assertIn("lpddr4_x32", complete("msd", "run", "--set", "dram.preset", "=", ""))
        self.assertEqual(complete("msd", "describe", "trace.gz"), ["trace.gzip"])


class Breakage(Run):
    def parts(self):
        return [p for p in self.folder.rglob("*") if ".part" in p.name]

    def test_a_pattern_that_matches_nothing_is_named_before_the_run(self):
        for setting, words in (('trace.signals=["exce"]', ["trace.signals", "'exce'", "soc.accelerator.exec", "soc.dram.bank0"]),
                               ('trace.layers=["blok*"]', ["trace.layers", "'blok*'", "block1.conv1"]),
                               ('trace.signals=["irq","soc.cpu.pc","nothing"]', ["'nothing'"])):
            self.refused(words, "run", QUICKSTART, "--set", "network.images=1", "--set", setting, "--set", "trace.vcd=true", "--out", "o")

    def test_a_window_behind_the_end_leaves_the_traces_out_and_says_so(self):
        for kind in ("perfetto", "vcd", "fst"):
            done = self.run_quickstart(f"trace.{kind}=true", "trace.from_cycle=99000000", images=1, out=kind, status=2)
            self.assertRegex(done.stderr, r"--set trace.from_cycle: .*cycle.* 99000000.*the run took \d+ cycles.*traces were left out")
            self.assertEqual(self.names(kind), ["latency.csv", "report.html", "report.json", "schedule.csv", "thumbnails.png"])

    def test_an_unwritable_folder_is_named_and_nothing_is_left(self):
        (self.folder / "o").mkdir()
        (self.folder / "o/report.json").mkdir()  # cannot be replaced by a file, not even by root
        done = self.msd("run", QUICKSTART, "--set", "network.images=1", "--out", "o")
        self.assertEqual(done.returncode, 2)
        self.assertIn("o/report.json", done.stderr)
        self.assertEqual(self.parts(), [])
        self.assertEqual(list((self.folder / "o").iterdir()), [self.folder / "o/report.json"])
        if os.getuid() != 0:
            (self.folder / "locked").mkdir(mode=0o500)
            self.assertIn("locked", self.msd("run", QUICKSTART, "--out", "locked/o").stderr)

    def test_a_full_disk_is_named_and_no_half_file_is_left(self):
        if os.getuid() != 0 or not shutil.which("mount"):
            self.skipTest("only root can make a small file system")
        for kib in (8, 300, 900):  # too small for the report, for the page, for the waves
            disk = pathlib.Path(tempfile.mkdtemp(prefix="msd_disk_"))
            mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", disk], capture_output=True, text=True)
            if mount.returncode != 0:
                disk.rmdir()
                self.skipTest("this system does not let tests mount: " + mount.stderr)
            try:
                done = self.msd("run", QUICKSTART, "--set", "network.images=2", "--set", "trace.vcd=true", "--set", "trace.fst=true",
                                "--set", "trace.perfetto=true", "--out", disk / "o")
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertRegex(done.stderr, r"/o/\S+: cannot be written: .*(No space left|free)")
                left = [p for p in disk.rglob("*") if p.is_file()]
                self.assertEqual([p for p in left if "part" in p.name or "hier" in p.name], [])
                for path in left:
                    if path.suffix == ".html":
                        self.assertTrue(path.read_text().endswith("</html>\n"))
            finally:
                subprocess.run(["umount", disk], check=True)
                disk.rmdir()

    def test_a_full_disk_for_the_fst_file_alone(self):
        if os.getuid() != 0 or not shutil.which("mount"):
            self.skipTest("only root can make a small file system")
        disk = pathlib.Path(tempfile.mkdtemp(prefix="msd_disk_"))
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", disk], capture_output=True).returncode != 0:
            disk.rmdir()
            self.skipTest("this system does not let tests mount")
        try:
            done = self.msd("run", QUICKSTART, "--set", "network.images=20", "--set", "trace.fst=true", "--set",
                            "trace.perfetto=false", "--out", disk / "o")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("wave.fst: cannot be written", done.stderr)
            self.assertEqual(sorted(p.name for p in (disk / "o").iterdir()),
                             ["latency.csv", "report.html", "report.json", "schedule.csv", "thumbnails.png"])
        finally:
            subprocess.run(["umount", disk], check=True)
            disk.rmdir()


if __name__ == "__main__":
    unittest.main()
