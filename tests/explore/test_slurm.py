"""`msd-mpi` under Slurm: the same rows as one process, jobs that are cancelled, ranks that die."""
import os
import pathlib
import signal
import subprocess
import sys
import unittest

import explorations
import slurm
from explorations import PROGRAM, SKIPPED, SLOW

SRUN = ["srun", "--mpi=pmix", "-N", "2"]
LONGER = SLOW.replace("sample = 200", "sample = 1000")  # scancel takes its time
ROWS = 1000 * 36


class LongSlurm(explorations.Explorations):
    def setUp(self):
        super().setUp()
        if slurm.missing():
            print(f"SKIPPED: no {', '.join(slurm.missing())}; install packages.txt, section [slurm]")
            sys.exit(SKIPPED)
        self.cluster = slurm.Cluster()
        self.addCleanup(self.cluster.stop)
        self.cluster.start()
        self.slow = self.spec(LONGER)
        self.run_program(PROGRAM.with_name("msd"), "explore", self.slow, "-o", "alone")

    def job(self, *command, status=0):
        """The command's output, and that of the tasks."""
        done = subprocess.run([str(word) for word in command], cwd=self.folder, env=self.cluster.environment, timeout=300,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr + self.cluster.logs())
        return done.stdout + done.stderr

    def start(self, *command):
        process = subprocess.Popen([str(word) for word in command], cwd=self.folder, env=self.cluster.environment, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def kill_task(self, rank):
        """Of three on two nodes, 0 and 1 run on the first."""
        mine = f"SLURM_CONF={self.cluster.environment['SLURM_CONF']}".encode()
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "comm").read_text().strip() == PROGRAM.name:
                    variables = (entry / "environ").read_bytes().split(b"\0")
                    if mine in variables and f"SLURM_PROCID={rank}".encode() in variables:
                        return os.kill(int(entry.name), signal.SIGKILL)
            except OSError:
                pass
        self.fail(f"there is no task {rank}")

    def resumes(self, out):
        """What is there stays there, and another job does the rest."""
        there = self.rows(out)
        self.assertTrue(0 < there < ROWS)
        output = self.job(*SRUN, "-n", 2, PROGRAM, "explore", self.slow, "-o", out)
        self.assertIn(f"{there} rows are there already", output)
        self.assertEqual(self.dump("alone"), self.dump(out))

    def test_two_and_four_tasks_on_two_nodes_give_the_rows_of_one_process(self):
        for ranks in (2, 4):
            output = self.job(*SRUN, "-n", ranks, PROGRAM, "explore", self.slow, "-o", f"out{ranks}")
            self.assertIn(f"{ROWS} rows evaluated", output)
            self.assertEqual(self.dump("alone"), self.dump(f"out{ranks}"))
            for file in os.listdir(self.folder / "alone"):
                if file != "results.db":
                    self.assertEqual((self.folder / "alone" / file).read_bytes(), (self.folder / f"out{ranks}" / file).read_bytes())

    def test_mpirun_in_an_allocation_gives_the_rows_of_one_process(self):
        output = self.job("salloc", "-N", 1, "-n", 3, "mpirun", "--allow-run-as-root", PROGRAM, "explore", self.slow, "-o", "out")
        self.assertIn(f"{ROWS} rows evaluated", output)
        self.assertEqual(self.dump("alone"), self.dump("out"))

    def test_a_cancelled_job_resumes(self):
        process = self.start(*SRUN, "-n", 2, "--job-name=sweep", PROGRAM, "explore", self.slow, "-o", "out")
        self.wait_for_rows("out", process)
        self.cluster.run("scancel", "--name=sweep")
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.resumes("out")

    def test_a_task_that_dies_on_another_node_loses_only_its_piece(self):
        process = self.start(*SRUN, "-n", 3, PROGRAM, "explore", self.slow, "-o", "out")
        self.wait_for_rows("out", process)
        self.kill_task(2)
        output = process.communicate(timeout=120)[0]
        self.assertIn(f"{ROWS} rows evaluated", output)
        self.assertRegex(output, "rank [0-9, ]*2 did not answer")
        self.assertNotEqual(process.returncode, 0)
        self.assertEqual(self.dump("alone"), self.dump("out"))
        self.assertTrue((self.folder / "out/report.html").exists())

    def test_a_job_whose_task_dies_on_the_first_node_resumes(self):
        process = self.start(*SRUN, "-n", 3, PROGRAM, "explore", self.slow, "-o", "out")
        self.wait_for_rows("out", process)
        self.kill_task(1)
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.resumes("out")


if __name__ == "__main__":
    unittest.main()
