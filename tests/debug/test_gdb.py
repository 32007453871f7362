"""GDB at the firmware: the real gdb-multiarch, and a client of our own that misbehaves."""
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MSD = pathlib.Path(os.environ.get("MSD_PROGRAM", ROOT / "build/release/platform/cli/msd"))
ELF = MSD.parents[2] / "firmware/msd_firmware.elf"
QUICKSTART = ROOT / "scenarios/quickstart.toml"


class GdbTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="msd_gdb_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def start(self, port=0, out="o", sets=()):
        """A run of two images that waits for a debugger; and the port it waits at."""
        run = subprocess.Popen(
            [MSD, "run", QUICKSTART, "--set", "network.images=2", "--set", f"debug.gdb={port}", "--quiet",
             "--out", self.folder / out, *(f for s in sets for f in ("--set", s))], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.addCleanup(run.stderr.close)
        self.addCleanup(run.kill)
        line = run.stderr.readline()
        return run, line

    def port_of(self, line):
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        self.assertTrue(found, line)
        return int(found.group(1))

    def gdb(self, port, *commands):
        words = ["gdb-multiarch", "-nx", "-batch", "-ex", "set confirm off", "-ex",
                 f"target remote 127.0.0.1:{port}"]
        for command in commands:
            words += ["-ex", command]
        done = subprocess.run([*words, str(ELF)], capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL)
        return done.stdout + done.stderr

    def test_gdb_stops_steps_looks_and_lets_the_run_end_as_without_it(self):
        run, line = self.start()
        text = self.gdb(
            self.port_of(line),
            'printf "entry %x\\n", $pc',
            "break *accelerator_post", "continue",
            'printf "post %x\\n", $pc == (unsigned)&accelerator_post',
            'printf "magic %x\\n", *(unsigned*)0x80100000',
            'printf "before %x\\n", $pc', "stepi", 'printf "after %x\\n", $pc',
            "set $t6 = 0x1234", 'printf "t6 %x\\n", $t6', 'printf "mtvec %x\\n", $mtvec',
            "set var *(unsigned*)0x800ff000 = 77", 'printf "ram %d\\n", *(unsigned*)0x800ff000',
            "monitor cycle", "monitor nonsense", "x/1wx 0x20000000",
            "delete", "continue")
        self.assertEqual(run.wait(60), 0, text)
        value = lambda name: int(re.search(rf"^{name} ([0-9a-f]+)$", text, re.M).group(1), 16)
        self.assertEqual(value("entry"), 0x80000000)
        self.assertEqual(value("post"), 1)
        self.assertEqual(value("magic"), 0x5044534d)
        self.assertIn(value("after") - value("before"), (2, 4))
        self.assertEqual(value("t6"), 0x1234)
        self.assertGreater(value("mtvec"), 0x80000000)
        self.assertRegex(text, r"(?m)^ram 77$")
        self.assertRegex(text, r"(?m)^\d+$")  # monitor cycle
        self.assertIn("no command 'nonsense'; cycle, irq or help", text)
        self.assertIn("Cannot access memory at address 0x20000000", text)
        self.assertIn("exited normally", text)
        plain = subprocess.run([MSD, "run", QUICKSTART, "--set", "network.images=2", "--quiet", "--out",
                                self.folder / "plain"], timeout=120)
        self.assertEqual(plain.returncode, 0)
        reports = [json.loads((self.folder / o / "report.json").read_text()) for o in ("o", "plain")]
        for key in ("totals", "layers", "inputs"):
            self.assertEqual(reports[0][key], reports[1][key], key)

    def test_gdb_runs_until_the_interrupt(self):
        run, line = self.start()
        text = self.gdb(self.port_of(line), "break *accelerator_post", "continue", "monitor irq", "delete",
                        "break *accelerator_poll", "continue", "monitor irq", "delete", "continue")
        self.assertEqual(run.wait(60), 0, text)
        levels = re.findall(r"(?m)^(low|high)$", text)
        self.assertEqual(len(levels), 2, text)
        self.assertEqual(levels[0], "low")

    def test_gdb_joins_a_run_that_goes_on_from_a_checkpoint(self):
        plain = [MSD, "run", QUICKSTART, "--set", "network.images=2", "--quiet"]
        stop = ["--set", "debug.stop_layer=widen", "--set", "debug.checkpoint=true", "--out", self.folder / "cut"]
        self.assertEqual(subprocess.run([*plain, *stop], timeout=120).returncode, 0)
        self.assertEqual(subprocess.run([*plain, "--out", self.folder / "plain"], timeout=120).returncode, 0)
        run, line = self.start(sets=[f"debug.restart={self.folder}/cut/checkpoint.msdc"])
        text = self.gdb(self.port_of(line), "monitor cycle", "break *accelerator_poll", "continue", "monitor irq", "delete", "continue")
        self.assertEqual(run.wait(60), 0, text)
        self.assertIn("exited normally", text)
        reports = [json.loads((self.folder / o / "report.json").read_text()) for o in ("o", "plain")]
        stopped = json.loads((self.folder / "cut/report.json").read_text())["stopped"]["cycle"]
        self.assertGreater(int(re.search(r"(?m)^(\d+)$", text)[1]), stopped - 10)
        for key in ("totals", "layers", "inputs"):
            self.assertEqual(reports[0][key], reports[1][key], key)

    def test_a_debugger_that_kills_ends_the_run_with_status_1(self):
        run, line = self.start()
        self.gdb(self.port_of(line), "kill")
        self.assertEqual(run.wait(60), 1)
        self.assertIn("the debugger ended the program", run.stderr.read())

    def test_a_port_in_use_is_refused(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            run, line = self.start(taken.getsockname()[1])
            self.assertEqual(run.wait(60), 2, line)
            self.assertIn("debug.gdb: port", line)
            self.assertIn("choose another", line)

    def test_the_port_is_open_to_this_machine_only(self):
        run, line = self.start()
        port = self.port_of(line)
        listening = [l.split()[1] for l in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:] if l.split()[3] == "0A"]
        self.assertEqual([a for a in listening if a.endswith(f":{port:04X}")], [f"0100007F:{port:04X}"])  # 127.0.0.1
        self.gdb(port, "kill")
        self.assertEqual(run.wait(60), 1)

    def test_packets_of_rubbish_neither_crash_nor_hang(self):
        rng = random.Random(7)
        packets = ["g", "?", "m80000000,4", "m,", "mffffffff,ffffffff", "M80000000,4:zz", "G00", "P20=1", "p41",
                   "p9999", "Z0,80000000,4", "z9,1,1", "Z0", "qXfer:features:read:target.xml:0,7", "qXfer:features:read:target.xml:zz",
                   "qRcmd,6", "qRcmd,6379636c65", "vCont?", "X80000000,1:a", "s80000004", "", "H", "qSupported:x"]
        for _ in range(200):
            packet = list(rng.choice(packets))
            for _ in range(rng.randrange(4)):
                packet.insert(rng.randrange(len(packet) + 1), chr(rng.randrange(32, 127)))
            packets.append("".join(packet))
        packets = [p for p in packets if not p.startswith(("c", "k", "D"))]
        run, line = self.start()
        with socket.create_connection(("127.0.0.1", self.port_of(line)), timeout=20) as client:
            for packet in packets:
                body = packet.replace("$", "").replace("#", "")
                sum_ = sum(body.encode()) & 255
                client.sendall(b"junk" + f"${body}#{sum_:02x}".encode())
                if rng.randrange(5) == 0:
                    client.sendall(f"${body}#zz".encode())
            client.sendall(b"$?#3f$k#6b")
            while client.recv(4096):
                pass
        self.assertEqual(run.wait(60), 1)


if __name__ == "__main__":
    unittest.main()
