"""A private cluster that a program starts for itself and ends again: real daemons on free ports of the loopback address,
in a directory of its own. Nothing of the user's configuration or running clusters plays a part."""

import json
import os
import pathlib
import random
import signal
import socket
import subprocess

COMMAND_SECONDS_MAX = 120
# Below what systems give out by themselves, so that nobody gets the namenode's port while it is dead.
PORTS = range(20000, 30000)


def quiet_port():
    """A free port that no program is likely to be given."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class OwnCluster:
    """`prefix` is an installation, `directory` one that exists and is ours; `settings` go to every daemon (key=value)."""

    def __init__(self, prefix, directory, datanodes=3, settings=(), mapred=True):
        self.prefix = pathlib.Path(prefix).resolve()
        self.directory = pathlib.Path(directory)
        self.state = self.directory / "data/mr/clusters/default"
        self.words = ["mr", "up", "-n", str(datanodes)] + ([] if mapred else ["--no-mapred"])
        # A cluster that was up before keeps its port and its settings.
        if not self.state.exists():
            self.words += ["-D", "dfs.namenode.rpc-address=127.0.0.1:%d" % quiet_port()]
        for setting in settings:
            self.words += ["-D", setting]
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith(("HADOOP_", "MR_", "XDG_"))}
        self.env.update(HOME=str(self.directory), XDG_DATA_HOME=str(self.directory / "data"),
                        PATH="%s:%s" % (self.prefix / "bin", self.env["PATH"]))

    def run(self, *words, **settings):
        """Runs one of our commands; returns subprocess' account of it, with what it printed to both as text."""
        return subprocess.run([str(word) for word in words], env=self.env, cwd=self.directory, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=COMMAND_SECONDS_MAX, check=False, **settings)

    def up(self):
        """Starts what does not run. RuntimeError with what `mr up` said when that fails."""
        done = self.run(*self.words)
        if done.returncode != 0:
            raise RuntimeError("%s: status %d: %s" % (" ".join(self.words), done.returncode, done.stdout.strip()))

    def down(self):
        """Stops it in order; what does not listen is killed, so that nothing is left behind."""
        try:
            self.run("mr", "down")
        finally:
            for name in self.daemons():
                self.kill(name)

    def daemons(self):
        """Names of the daemons that run, as their pid files say."""
        return sorted(file.stem for file in (self.state / "run").glob("*.pid") if self.process(file.stem) is not None)

    def process(self, daemon):
        """The process id of a daemon, None when it does not run."""
        try:
            pid = int((self.state / "run" / (daemon + ".pid")).read_text(encoding="utf-8").split()[0])
            words = pathlib.Path("/proc/%d/cmdline" % pid).read_bytes()
        except (OSError, ValueError, IndexError):
            return None
        # A pid may be somebody else's by now.
        return pid if str(self.directory).encode() in words else None

    def kill(self, daemon, by=signal.SIGKILL):
        """False when it was not there to be killed."""
        pid = self.process(daemon)
        if pid is None:
            return False
        try:
            os.kill(pid, by)
        except ProcessLookupError:
            return False
        return True

    def namenode_port(self):
        return json.loads((self.state / "run/namenode.ports").read_text(encoding="utf-8"))["rpc"]
