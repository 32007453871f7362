"""The Debian package, installed in a clean root and run there; minutes long, root only."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from runs import MSD, Run

BUILD = pathlib.Path(MSD).resolve().parents[2]


def mirror():
    for path in [pathlib.Path("/etc/apt/sources.list"), *pathlib.Path("/etc/apt/sources.list.d").glob("*")]:
        if path.is_file():
            found = re.search(r"^(?:deb\s+(?:\[[^]]*\]\s+)?|URIs:\s*)(http\S+debian/?)(?:\s|$)", path.read_text(), re.M)
            if found:
                return found[1]
    return "http://deb.debian.org/debian"


class Package(Run):
    def command(self, *arguments, **more):
        done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, **more)
        self.assertEqual(done.returncode, 0, f"{arguments}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def test_the_installed_tree_runs_on_its_own(self):
        prefix = self.folder / "usr"
        self.command("cmake", "--install", BUILD, "--prefix", prefix)
        for name in ("bin/msd", "share/man/man1/msd.1.gz", "share/bash-completion/completions/msd",
                     "share/msd/firmware/msd_firmware.elf", "share/msd/scenarios/quickstart.toml"):
            self.assertTrue((prefix / name).is_file(), name)
        self.command(prefix / "bin/msd", "run", "--set", "network.images=1", "--out", self.folder / "o", cwd=self.folder)
        self.assertEqual(self.report()["command"], "msd run --set network.images=1")

    def test_the_package_installs_and_runs_in_a_clean_debian(self):
        if os.getuid() != 0 or not shutil.which("debootstrap"):
            self.skipTest("needs root and the package debootstrap")
        self.command("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", self.folder / "package", cwd=self.folder)
        package, = (self.folder / "package").glob("*.deb")
        depends = self.command("dpkg-deb", "-f", package, "Depends")
        for library in ("libsystemc", "libdnnl", "libfmt", "libc6", "zlib1g"):
            self.assertIn(library, depends)
        root = pathlib.Path(tempfile.mkdtemp(prefix="msd_root_"))
        self.addCleanup(shutil.rmtree, root, ignore_errors=True)
        self.command("debootstrap", "--variant=minbase", "bookworm", root, mirror())
        shutil.copy(package, root / "msd.deb")
        self.command("mount", "-t", "proc", "proc", root / "proc")
        try:
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            self.command("chroot", root, "apt-get", "-q", "-y", "install", "--no-install-recommends", "/msd.deb", env=quiet)
            out = self.command("chroot", root, "msd", "run", "/usr/share/msd/scenarios/quickstart.toml", "--out", "/o")
            self.assertIn("tensors equal the integer reference", out)
            for name in ("report.json", "report.html", "latency.csv"):
                self.assertTrue((root / "o" / name).is_file(), name)
            self.command("chroot", root, "apt-get", "-q", "-y", "remove", "msd", env=quiet)
            self.assertFalse((root / "usr/bin/msd").exists())
        finally:
            subprocess.run(["umount", root / "proc"], check=False)


if __name__ == "__main__":
    unittest.main()
