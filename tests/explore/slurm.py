"""A Slurm of two nodes, both this machine, as processes of this user in a folder of its own: no service of the system is touched."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

DAEMONS = ("munged", "slurmctld", "slurmd")
COMMANDS = ("srun", "salloc", "scancel", "sinfo", "squeue")
NODES = ("n1", "n2")
CPUS = 4  # that each claims, whatever there are


def missing():
    """What of Slurm is not installed."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return [name for name in (*DAEMONS, *COMMANDS) if shutil.which(name, path=path) is None]


def free_port():
    with socket.socket() as s:
        s.bind(("", 0))
        return s.getsockname()[1]


class Cluster:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="msd_slurm_"))
        self.folder.chmod(0o755)  # munged refuses folders that others may write to
        self.processes = []
        self.environment = {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf"),
                            "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}

    def start(self):
        for name in ("state", *(f"{kind}.{node}" for node in NODES for kind in ("spool", "tmp"))):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        host = socket.gethostname().split(".")[0]
        (self.folder / "slurm.conf").write_text(self.configuration(host, pwd.getpwuid(os.geteuid()).pw_name))
        self.spawn("munged", "--foreground", "--num-threads=10", f"--key-file={key}", f"--socket={self.folder}/munge.socket",
                   f"--pid-file={self.folder}/munged.pid", f"--seed-file={self.folder}/munged.seed", f"--log-file={self.folder}/munged.log")
        self.wait(lambda: (self.folder / "munge.socket").exists(), "munged")
        self.spawn("slurmctld", "-D", "-f", self.folder / "slurm.conf")
        for node in NODES:
            self.spawn("slurmd", "-D", "-N", node, "-f", self.folder / "slurm.conf")
        self.wait(lambda: self.run("sinfo", "-h", "-o", "%T %D").stdout.strip() == f"idle {len(NODES)}", "a node")

    def configuration(self, host, user):
        nodes = "".join(f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={free_port()} CPUs={CPUS} State=UNKNOWN\n"
                        for node in NODES)
        # TmpFS: the PMIx of each node and of each cluster needs a folder of its own; Open MPI names shared memory after the job.
        return f"""ClusterName=msd
FirstJobId={os.getpid() % 60_000 * 1000 + 1}
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={free_port()}
SlurmctldPidFile={self.folder}/slurmctld.pid
SlurmdPidFile={self.folder}/slurmd.%n.pid
StateSaveLocation={self.folder}/state
SlurmdSpoolDir={self.folder}/spool.%n
TmpFS={self.folder}/tmp.%n
AuthType=auth/munge
AuthInfo=socket={self.folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
{nodes}PartitionName=all Nodes={','.join(NODES)} Default=YES MaxTime=INFINITE State=UP
"""

    def spawn(self, *command):
        with open(self.folder / f"{command[0]}{len(self.processes)}.out", "w") as log:
            self.processes.append(subprocess.Popen([str(word) for word in command], env=self.environment, stdin=subprocess.DEVNULL,
                                                   stdout=log, stderr=log, start_new_session=True))

    def run(self, *command, timeout=60):
        return subprocess.run([str(word) for word in command], env=self.environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=timeout)

    def wait(self, ready, what):
        end = time.monotonic() + 60
        while not ready():
            dead = [p.args[0] for p in self.processes if p.poll() is not None]
            if dead or time.monotonic() > end:
                raise RuntimeError(f"{what} does not come up; {dead or 'nothing'} ended\n{self.logs()}")
            time.sleep(0.2)

    def logs(self):
        return "\n".join(f"{path.name}:\n{path.read_text()[-2000:]}" for path in sorted(self.folder.glob("*.out")))

    def stop(self):
        if len(self.processes) > 1:  # what is left of a job would outlive the daemons
            self.run("scancel", "--state=RUNNING")
            end = time.monotonic() + 20
            while self.run("squeue", "-h").stdout.strip() and time.monotonic() < end:
                time.sleep(0.2)
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
