"""What the tests of `msd explore` and `msd-mpi` share: specs, runs, dumps."""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("MSD_PROGRAM", ROOT / "build/release/platform/cli/msd"))
DATA = pathlib.Path(os.environ.get("MSD_DATA", ROOT / "../shared/data")).resolve()
SKIPPED = 77

# Many small tasks: seconds in which something can be killed.
SLOW = """kind = "sweep"
[networks]
space = "alphanet"
sample = 200
[maestro]
num_pes = [64, 256]
noc_bw = [100, 1000]
offchip_bw = [50, 100, 200]
[run]
chunk = 1
"""


class Explorations(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="msd_explore_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def spec(self, text, name="spec.toml"):
        (self.folder / name).write_text(text)
        return self.folder / name

    def data(self, name):
        if not (DATA / name).exists():
            print(f"SKIPPED: no test data {name} (set MSD_DATA)")
            sys.exit(SKIPPED)
        return DATA / name

    def run_program(self, *command, status=0, timeout=120):
        done = subprocess.run([str(word) for word in command], cwd=self.folder, timeout=timeout, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL)
        if status is not None:
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def dump(self, folder):
        """The database as sorted SQL."""
        with sqlite3.connect(self.folder / folder / "results.db") as db:
            return sorted(db.iterdump())

    def rows(self, folder):
        """How many rows are committed, while another process may be writing or was killed."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for name in ("results.db", "results.db-wal"):
            if (self.folder / folder / name).exists():
                shutil.copy(self.folder / folder / name, copy / name)
        try:
            with sqlite3.connect(copy / "results.db") as db:
                return db.execute("SELECT count(*) FROM results").fetchone()[0]
        except sqlite3.Error:
            return 0

    def wait_for_rows(self, folder, process, least=1):
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            if (self.folder / folder / "results.db").exists() and self.rows(folder) >= least:
                return
            time.sleep(0.02)
        self.fail("no rows came")
