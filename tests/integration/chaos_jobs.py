#!/usr/bin/env python3
"""Kills daemons and workers of a private cluster at random while jobs run on it: chaos_jobs.py PREFIX --plugins DIR.

Some jobs run at once, of several kinds: examples over their inputs, word counts in several tasks, slow ones, ones whose
attempts die by chance. Every moment something is killed (SIGKILL): workers, tasktrackers, datanodes, the namenode, the
jobtracker, or several of them, and `mr up` starts again what is missing. Each job must end with the bytes of an embedded
run of the same, or fail, say why, and leave no output. Then nothing may be left behind: in the file system, in the local
directories of trackers, as processes. A failure prints the seed; logs, what clients printed and the cluster stay."""

import argparse
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from example_runs import EXAMPLE_RUNS  # noqa: E402
from own_cluster import OwnCluster  # noqa: E402

JOB_SECONDS_MAX = 300
SETTLED_SECONDS_MAX = 90
SETTINGS = ("mapreduce.jobtracker.expire.trackers.interval=3000", "dfs.replication=2")
# What a client says that gave up: a reason behind a colon, or the sentence of a job that failed.
REASON = re.compile(r"(?m)(failed with state (FAILED|KILLED) due to: \S.*|^(Error|mr|jar|ERROR)\b.*: \S.*|Exception\S*: \S.*)")
MANY_TASKS = ("mapreduce.job.reduces=3", "mapreduce.job.ubertask.enable=false", "mr.input.combine=false")


class Fault(Exception):
    """The cluster broke a promise."""


class Kind:
    """One sort of job: how it is started, and where its right output lies."""

    def __init__(self, name, plugin, job, words, settings, wild=()):
        self.name = name
        self.plugin = [plugin, *job]
        self.options = [word for setting in settings for word in ("-D", setting)]
        self.words = words
        self.wild = list(wild)  # what makes attempts die: not for the embedded run, which has no attempt to spare
        self.expected = "/expected/" + name

    def command(self, out, embedded=False):
        return ["mr", "jar", *(["--embedded"] if embedded else []), *self.plugin, *self.options,
                *(word.replace("OUT", out) for word in self.words), *([] if embedded else self.wild)]


class Job:
    def __init__(self, chaos, number, kind):
        self.kind = kind
        self.out = "/out/%d" % number
        self.told = chaos.directory / ("client-%d-%s" % (number, kind.name))
        self.began = time.monotonic()
        with open(self.told, "wb") as out:
            self.process = subprocess.Popen([str(word) for word in kind.command(self.out)], stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=subprocess.STDOUT, env=chaos.cluster.env,
                                            cwd=chaos.directory)

    def text(self):
        return self.told.read_text(encoding="utf-8", errors="replace")

    def running(self):
        if self.process.poll() is not None:
            self.took = time.monotonic() - self.began
            return False
        if time.monotonic() - self.began > JOB_SECONDS_MAX:
            raise Fault("%s to %s has not ended within %d s; its client said:\n%s" % (
                self.kind.name, self.out, JOB_SECONDS_MAX, self.text()[-3000:]))
        return True

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Chaos:
    def __init__(self, words, directory):
        self.words = words
        self.directory = directory
        self.random = random.Random(words.seed)
        self.cluster = OwnCluster(words.prefix, directory, datanodes=3, settings=SETTINGS)
        self.scratch = directory / "tmp"
        self.scratch.mkdir()
        self.cluster.env["TMPDIR"] = str(self.scratch)
        self.kills = {}
        self.jobs = []
        self.done = []
        self.refused = []

    # --- Before --------------------------------------------------------------------------------------------------------

    def run(self):
        self.cluster.up()
        self.daemons = self.cluster.daemons()
        kinds = self.kinds()
        for kind in kinds:
            self.must(*kind.command(kind.expected, embedded=True))
        try:
            self.storm(kinds)
        finally:
            for job in self.jobs:
                job.end()
        self.cluster.up()
        self.settle("fsck calls it healthy", self.sick)
        for job in self.done:
            self.judge(job)
        self.settle("no job runs", lambda: self.must("mr", "job", "-list").count("job_") and "jobs run")
        for what, look in (("nothing is left in the file system", self.left_in_dfs),
                           ("nothing is left in trackers' local directories", self.left_on_disk),
                           ("no worker is left", self.left_workers),
                           ("nothing is left in the temporary directory", lambda: os.listdir(self.scratch))):
            self.settle(what, look)
        self.cluster.down()
        self.settle("no process is left", lambda: self.processes(""))

    def kinds(self):
        words = [self.random.choice(("to", "be", "or", "not", "that", "is", "the", "question")) for _ in range(100_000)]
        lines = [" ".join(words[i:i + 8]) for i in range(0, len(words), 8)]
        local = self.directory / "in"
        for name, count in (("words", len(lines)), ("few", 250)):
            (local / name).mkdir(parents=True)
            for i in range(6):
                (local / name / str(i)).write_text("\n".join(lines[i:count:6]) + "\n", encoding="utf-8")
        found = [Kind("slow", self.words.plugins / "faults.so", ["sleeps"], ["/in/words", "OUT"], MANY_TASKS),
                 Kind("dying", self.words.plugins / "lab.so", ["crashes"], ["/in/few", "OUT"], MANY_TASKS, ["--percent", "1"]),
                 Kind("count", self.words.plugins / "count.so", [], ["/in/words", "OUT"], MANY_TASKS)]
        self.must("dfs", "-put", local, "/in")
        self.must("dfs", "-mkdir", "-p", "/in/examples", "/expected", "/out")
        folder = self.words.examples
        for name, (words, settings) in EXAMPLE_RUNS.items() if folder else ():
            self.must("dfs", "-put", HERE.parents[1] / "examples" / name / "input", "/in/examples/" + name)
            plain = [word.replace("IN/", "/in/examples/%s/" % name) for word in words]
            found.append(Kind(name, folder / (name + ".so"), [], plain, settings))
        return found

    # --- Under fire ----------------------------------------------------------------------------------------------------

    def storm(self, kinds):
        # Every second job is one that takes long.
        long, short = kinds[:3], kinds[3:] or kinds[:3]
        waiting = [long[i // 2 % len(long)] if i % 2 == 0 else short[i // 2 % len(short)]
                   for i in range(self.words.jobs)]
        while waiting or self.jobs:
            while waiting and len(self.jobs) < self.words.at_once:
                number = self.words.jobs - len(waiting)
                self.jobs.append(Job(self, number, waiting.pop(0)))
            time.sleep(self.random.uniform(0.05, 0.9))
            self.expect_alive()
            self.kill_something()
            time.sleep(self.random.uniform(0, 0.6))
            self.cluster.up()
            for job in [job for job in self.jobs if not job.running()]:
                self.jobs.remove(job)
                self.done.append(job)

    def expect_alive(self):
        gone = set(self.daemons) - set(self.cluster.daemons())
        if gone:
            raise Fault("%s died without being killed; the end of the log:\n%s" % (", ".join(sorted(gone)), "\n".join(
                self.log_of(name) for name in sorted(gone))))

    def log_of(self, daemon):
        files = sorted((self.cluster.state / "logs").glob("*%s*" % daemon))
        return "\n".join("%s:\n%s" % (file.name, file.read_text(errors="replace")[-1500:]) for file in files)

    def kill_something(self):
        turn = self.random.random()
        if turn < 0.3:
            self.kill_worker()
        elif turn < 0.5:
            self.kill(["tasktracker-%d" % self.random.randint(1, 3)])
        elif turn < 0.65:
            self.kill(["datanode-%d" % self.random.randint(1, 3)])
        elif turn < 0.75:
            self.kill(["namenode"])
        elif turn < 0.9:
            self.kill(["jobtracker"])
        else:
            self.kill(self.random.sample(self.daemons, 2))

    def kill_worker(self):
        workers = self.processes("mr-worker")
        for worker in self.random.sample(sorted(workers), min(2, len(workers))):
            try:
                os.kill(worker, 9)
            except ProcessLookupError:
                continue  # it was done
            self.kills["worker"] = self.kills.get("worker", 0) + 1

    def kill(self, victims):
        for victim in victims:
            if self.cluster.kill(victim):
                kind = victim.split("-")[0]
                self.kills[kind] = self.kills.get(kind, 0) + 1

    # --- Afterwards ----------------------------------------------------------------------------------------------------

    def judge(self, job):
        where = "%s to %s (status %d)" % (job.kind.name, job.out, job.process.returncode)
        if job.process.returncode == 0:
            same = self.cluster.run("mr", "diff", job.kind.expected, job.out)
            if same.returncode != 0:
                raise Fault("%s: wrong bytes: %s\nIts client said:\n%s" % (where, same.stdout, job.text()[-3000:]))
            return
        reason = REASON.search(job.text())
        if reason is None:
            raise Fault("%s failed and does not say why:\n%s" % (where, job.text()[-3000:]))
        self.refused.append("%s: %s" % (where, reason[0]))
        # A program of several rounds may fail after the last of them: then its output is whole.
        if self.there(job.out + "/_SUCCESS"):
            self.must("mr", "diff", job.kind.expected, job.out)
        else:
            self.settle("%s leaves no output" % where, lambda: self.there(job.out))

    def there(self, path):
        return self.cluster.run("dfs", "-test", "-e", path).returncode == 0 and path

    def sick(self):
        done = self.cluster.run("hdfs", "fsck", "/")
        return "" if done.returncode == 0 and done.stdout.rstrip().endswith("is HEALTHY") else done.stdout[-1500:]

    def left_in_dfs(self):
        """Paths that no finished job explains: packs are kept for the next submission, histories for readers."""
        rows = [line.split(None, 7) for line in self.must("dfs", "-ls", "-R", "/").splitlines()]
        paths = [row[7] for row in rows if len(row) == 8]
        return [path for path in paths if "_temporary" in path or "/staging/" in path or path.endswith((".tmp", "._COPYING_"))]

    def left_on_disk(self):
        folders = self.cluster.state.glob("tracker-*/local/tasktracker/jobs/*")
        return [str(folder) for folder in folders]

    def left_workers(self):
        """Processes of jobs that are over. A tracker keeps one without a job, for the next."""
        parents = [self.parent(worker) for worker in self.processes("mr-worker")]
        trackers = [self.cluster.process(name) for name in self.daemons if name.startswith("tasktracker")]
        return [parent for parent in parents if parent not in trackers or parents.count(parent) > 1]

    @staticmethod
    def parent(process):
        try:
            stat = pathlib.Path("/proc/%d/stat" % process).read_text()
        except OSError:
            return None
        return int(stat.rpartition(")")[2].split()[1])

    def processes(self, name):
        """Numbers of processes of this cluster whose program's name has the word; not those that ended."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                ours = str(self.directory).encode() in (entry / "environ").read_bytes()
            except OSError:
                continue
            if ours and name.encode() in words[0]:
                found.append(int(entry.name))
        return found

    def settle(self, what, look):
        """Until `look` finds nothing to complain of."""
        end = time.monotonic() + SETTLED_SECONDS_MAX
        while seen := look():
            if time.monotonic() > end:
                raise Fault("not so after %d s: %s: %s" % (SETTLED_SECONDS_MAX, what, seen))
            time.sleep(0.2)

    def must(self, *words):
        done = self.cluster.run(*words)
        if done.returncode != 0:
            raise Fault("%s: status %d: %s" % (" ".join(map(str, words)), done.returncode, done.stdout[-3000:]))
        return done.stdout

    def account(self):
        kills = ", ".join("%d of %s" % (count, kind) for kind, count in sorted(self.kills.items()))
        slowest = max((job.took for job in self.done), default=0)
        lines = ["%d jobs, %d with the right bytes, %d failed with a reason; killed: %s; slowest job %.1f s" % (
            len(self.done), len(self.done) - len(self.refused), len(self.refused), kills, slowest)]
        return "\n".join(lines + ["  " + refused for refused in self.refused])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prefix", type=pathlib.Path, help="an installation")
    parser.add_argument("--plugins", type=pathlib.Path, required=True, help="plugins of this folder, compiled")
    parser.add_argument("--examples-if-any", type=pathlib.Path, metavar="DIR",
                        help="where compiled examples may be; PREFIX/lib/mr/examples otherwise")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--at-once", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None, help="which moments and victims; chosen when not given")
    parser.add_argument("--least", type=float, default=0.5, help="fraction of the jobs that must end with their bytes")
    words = parser.parse_args()
    words.plugins = words.plugins.resolve()
    places = (words.examples_if_any, words.prefix / "lib/mr/examples")
    words.examples = next((place.resolve() for place in places if place and (place / "wordcount.so").exists()), None)
    if words.seed is None:
        words.seed = random.randrange(1 << 20)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="mr-chaos-"))
    chaos = Chaos(words, directory)
    began = time.monotonic()
    try:
        chaos.run()
        if len(chaos.done) - len(chaos.refused) < words.least * words.jobs:
            raise Fault("too few jobs came to their end: " + chaos.account())
    except (Fault, RuntimeError, OSError, subprocess.SubprocessError) as fault:
        print("FAILED with --seed %d: %s" % (words.seed, fault))
        print("So far: " + chaos.account())
        print("Logs, what clients said and the file system stay in %s" % directory)
        return 1
    finally:
        chaos.cluster.down()
    print("seed %d, %.0f s: %s" % (words.seed, time.monotonic() - began, chaos.account()))
    shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
