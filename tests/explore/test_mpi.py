"""`msd-mpi` under mpirun: the same rows on any number of ranks, and ranks that die."""
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

import explorations
from explorations import PROGRAM, SLOW

MPIRUN = ["mpirun", "--mca", "plm_rsh_agent", "sh", "--allow-run-as-root", "--oversubscribe"]
ROWS = 200 * 36


def ranks_of(parent):
    """Process ids of the ranks that this mpirun started, by rank."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if not entry.name.isdigit() or int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) != parent:
                continue
            for variable in (entry / "environ").read_bytes().split(b"\0"):
                if variable.startswith(b"OMPI_COMM_WORLD_RANK="):
                    found[int(variable.split(b"=")[1])] = int(entry.name)
        except (OSError, ValueError):
            pass
    return found


class Mpi(explorations.Explorations):
    def setUp(self):
        super().setUp()
        self.assertIsNotNone(shutil.which("mpirun"), "install openmpi-bin")
        self.alone = self.folder / "alone"

    def start(self, ranks, spec, out, *options):
        process = subprocess.Popen(
            [*MPIRUN, *options, "-n", str(ranks), PROGRAM, "explore", spec, "-o", out], cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def alone_dump(self, spec):
        self.run_program(PROGRAM.with_name("msd"), "explore", spec, "-o", "alone")
        return self.dump("alone")

    def kill_rank(self, process, rank, out):
        self.wait_for_rows(out, process)
        os.kill(ranks_of(process.pid)[rank], signal.SIGKILL)

    def test_two_and_four_ranks_give_the_rows_of_one_process(self):
        spec = self.spec(SLOW)
        want = self.alone_dump(spec)
        for ranks in (2, 4):
            done = self.run_program(*MPIRUN, "-n", ranks, PROGRAM, "explore", spec, "-o", f"ranks{ranks}")
            self.assertIn(f"{ROWS} rows evaluated", done.stdout)
            self.assertEqual(want, self.dump(f"ranks{ranks}"))
            for file in os.listdir(self.alone):
                if file != "results.db":
                    self.assertEqual((self.alone / file).read_bytes(), (self.folder / f"ranks{ranks}" / file).read_bytes())

    def test_a_rank_that_dies_loses_only_its_piece(self):
        spec = self.spec(SLOW)
        want = self.alone_dump(spec)
        process = self.start(3, spec, "out", "--enable-recovery")
        self.kill_rank(process, 2, "out")
        output = process.communicate(timeout=120)[0]
        self.assertIn(f"{ROWS} rows evaluated", output)
        self.assertIn("rank 2 did not answer", output)
        self.assertEqual(want, self.dump("out"))
        self.assertTrue((self.folder / "out/report.html").exists())

    def test_a_job_that_dies_with_its_rank_resumes(self):
        spec = self.spec(SLOW)
        want = self.alone_dump(spec)
        process = self.start(3, spec, "out")
        self.kill_rank(process, 1, "out")
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        there = self.rows("out")
        self.assertTrue(0 < there < ROWS)
        done = self.run_program(*MPIRUN, "-n", 2, PROGRAM, "explore", spec, "-o", "out")
        self.assertIn(f"{there} rows are there already", done.stdout)
        self.assertEqual(want, self.dump("out"))

    def test_killing_the_first_rank_loses_nothing_that_was_written(self):
        spec = self.spec(SLOW)
        want = self.alone_dump(spec)
        process = self.start(2, spec, "out")
        self.kill_rank(process, 0, "out")
        process.communicate(timeout=60)
        there = self.rows("out")
        self.assertTrue(0 < there < ROWS)
        self.run_program(PROGRAM.with_name("msd"), "explore", spec, "-o", "out")
        self.assertEqual(want, self.dump("out"))

    def test_a_wrong_spec_ends_all_ranks_with_one_message(self):
        spec = self.spec(SLOW + "chunks = 3\n")
        start = time.monotonic()
        done = self.run_program(*MPIRUN, "-n", 3, PROGRAM, "explore", spec, "-o", "out", status=None)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stderr.count("did you mean 'run.chunk'"), 1, done.stderr)
        self.assertLess(time.monotonic() - start, 20)


if __name__ == "__main__":
    unittest.main()
