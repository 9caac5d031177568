#!/usr/bin/env python3
"""Kills daemons of a private cluster at random moments while files are written: kill_rounds.py PREFIX [options].

Writers change directories of their own and record every acknowledgement. A round waits a moment, kills (SIGKILL) the
namenode, datanodes or all of them at once, and after another moment has `mr up` start again what is missing; sometimes that
is killed as well. After each batch of rounds `hdfs fsck /` must call the file system healthy within 60 s, everything that
was acknowledged be there with the right bytes, and nothing else; at the end that holds for all batches once more, after a
restart. A failure tells seed and round; logs and accounts stay."""

import argparse
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from acknowledged import Account  # noqa: E402
from own_cluster import OwnCluster  # noqa: E402

HEALTHY_SECONDS_MAX = 60
WRITER_SECONDS_MAX = 180  # one change may wait for several restarts
CHECK_SECONDS_MAX = 600
SETTINGS = ("dfs.namenode.fs-limits.min-block-size=1024",)


class Fault(Exception):
    """The file system broke a promise."""


class Batch:
    """Some writers and what they were told."""

    def __init__(self, rounds, number, writers, seed):
        self.base = "/batch-%d" % number
        self.files = [rounds.directory / ("account-%d-%d" % (number, writer)) for writer in range(writers)]
        self.errors = rounds.directory / ("errors-%d" % number)
        self.processes = []
        for writer, file in enumerate(self.files):
            with open(file, "wb") as out, open(self.errors, "ab") as errors:
                self.processes.append(subprocess.Popen(
                    [rounds.client, rounds.authority, "write", "%s/w%d" % (self.base, writer), str(seed + writer)],
                    stdin=subprocess.PIPE, stdout=out, stderr=errors, env=rounds.cluster.env))
        self.accounts = []

    def stop(self):
        """Lets every writer end the change it is at, and reads what they were told."""
        end = time.monotonic() + WRITER_SECONDS_MAX
        try:
            for process in self.processes:
                process.stdin.close()
            for writer, process in enumerate(self.processes):
                try:
                    status = process.wait(timeout=max(1, end - time.monotonic()))
                except subprocess.TimeoutExpired:
                    raise Fault("writer %d of %s hangs for %d s" % (writer, self.base, WRITER_SECONDS_MAX)) from None
                if status != 0:
                    raise Fault("writer %d of %s ended with status %d: %s" % (
                        writer, self.base, status, self.errors.read_text(encoding="utf-8", errors="replace")))
        finally:
            self.kill()
        for file in self.files:
            account = Account()
            account.read(file.read_text(encoding="utf-8").splitlines())
            self.accounts.append(account)

    def kill(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()


class Rounds:
    def __init__(self, words, directory):
        self.directory = directory
        self.client = words.client.resolve()
        self.writers = words.writers
        self.seed = words.seed
        self.random = random.Random(words.seed)
        self.cluster = OwnCluster(words.prefix, directory, datanodes=3, settings=SETTINGS, mapred=False)
        self.round = 0
        self.kills = {}
        self.batches = []
        self.slowest_fsck = 0.0

    def run(self, rounds, batch_size):
        self.cluster.up()
        self.authority = "127.0.0.1:%d" % self.cluster.namenode_port()
        while self.round < rounds:
            batch = Batch(self, len(self.batches), self.writers, self.seed * 1000 + len(self.batches) * self.writers)
            self.batches.append(batch)
            try:
                for _ in range(min(batch_size, rounds - self.round)):
                    self.round += 1
                    self.kill_something()
                    self.cluster.up()
                self.expect_authority()
                batch.stop()
            finally:
                batch.kill()
            self.wait_healthy()
            self.check([batch])
            print("round %d: %s" % (self.round, self.account_of([batch])), flush=True)
        self.cluster.down()
        self.cluster.up()
        self.authority = "127.0.0.1:%d" % self.cluster.namenode_port()  # nobody waits for it: it may be another
        self.wait_healthy()
        self.check(self.batches)

    def kill_something(self):
        time.sleep(self.random.uniform(0.05, 1.2))
        for again in range(2):
            self.kill(self.victims())
            time.sleep(self.random.uniform(0, 0.6))
            # Now and then what has just begun to start dies as well.
            if again or self.random.random() > 0.15:
                return
            start = subprocess.Popen(self.cluster.words, env=self.cluster.env, cwd=self.directory,
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(self.random.uniform(0, 0.5))
            self.kill(self.victims())
            start.wait(timeout=WRITER_SECONDS_MAX)

    def victims(self):
        datanodes = ["datanode-%d" % number for number in (1, 2, 3)]
        turn = self.random.random()
        if turn < 0.4:
            return ["namenode"]
        if turn < 0.75:
            return [self.random.choice(datanodes)]
        if turn < 0.9:
            return self.random.sample(["namenode"] + datanodes, 2)
        return ["namenode"] + datanodes

    def kill(self, victims):
        for victim in victims:
            if self.cluster.kill(victim):
                kind = victim.split("-")[0]
                self.kills[kind] = self.kills.get(kind, 0) + 1

    def expect_authority(self):
        if self.authority != "127.0.0.1:%d" % self.cluster.namenode_port():
            raise Fault("the namenode's port changed: it was %s" % self.authority)

    def wait_healthy(self):
        """Until fsck finds every block of every closed file, which it must within a minute."""
        began = time.monotonic()
        while True:
            done = self.cluster.run("hdfs", "fsck", "/")
            took = time.monotonic() - began
            if done.returncode == 0 and done.stdout.rstrip().endswith("is HEALTHY"):
                self.slowest_fsck = max(self.slowest_fsck, took)
                return
            if took > HEALTHY_SECONDS_MAX:
                raise Fault("fsck does not call it healthy within %d s:\n%s" % (HEALTHY_SECONDS_MAX, done.stdout[-3000:]))
            time.sleep(0.2)

    def check(self, batches):
        faults = []
        for batch in batches:
            there = self.tree(batch.base)
            for writer, account in enumerate(batch.accounts):
                own = "%s/w%d" % (batch.base, writer)
                mine = {path: is_directory for path, is_directory in there.items()
                        if path == own or path.startswith(own + "/")}
                faults += account.faults_of_tree(mine)
                faults += account.faults_of_files(self.bytes_of(account, mine))
        if faults:
            raise Fault("%d faults:\n%s" % (len(faults), "\n".join(faults[:40])))

    def tree(self, base):
        done = self.cluster.run("dfs", "-ls", "-R", base)
        if done.returncode != 0:
            raise Fault("dfs -ls -R %s: %s" % (base, done.stdout))
        rows = (line.split(None, 7) for line in done.stdout.splitlines())
        return {row[7]: row[0].startswith("d") for row in rows if len(row) == 8}

    def bytes_of(self, account, there):
        """Length and fault of each file that is there and of which we know what it must hold."""
        asked = []
        for path, is_directory in there.items():
            file = None if is_directory else account.expected(path)
            if file is not None:
                asked.append("%s %d %s" % (path, file.id, "plain" if file.closed else "recover"))
        done = subprocess.run([self.client, self.authority, "check"], input="\n".join(asked) + "\n" if asked else "",
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.cluster.env,
                              timeout=CHECK_SECONDS_MAX, check=False)
        if done.returncode != 0:
            raise Fault("acknowledged_client check ended with status %d: %s" % (done.returncode, done.stderr))
        told = {}
        for line in done.stdout.splitlines():
            path, length, verdict, *fault = line.split(" ", 3)
            told[path] = (int(length), None if verdict == "right" else " ".join(fault))
        if len(told) != len(asked):
            raise Fault("acknowledged_client checked %d of %d files" % (len(told), len(asked)))
        return told

    def account_of(self, batches):
        accounts = [account for batch in batches for account in batch.accounts]
        kills = ", ".join("%d of %s" % (count, kind) for kind, count in sorted(self.kills.items()))
        return ("%d changes and %d flushes acknowledged, %d changes failed; so far kills: %s; slowest healthy fsck %.1f s" %
                (sum(account.acknowledged for account in accounts), sum(account.flushes for account in accounts),
                 sum(len(account.failures) for account in accounts), kills, self.slowest_fsck))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prefix", type=pathlib.Path, help="an installation")
    parser.add_argument("--client", type=pathlib.Path, required=True, help="the program acknowledged_client")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--batch", type=int, default=10, help="rounds between two checks")
    parser.add_argument("--seed", type=int, default=None, help="which moments and victims; chosen when not given")
    parser.add_argument("--writers", type=int, default=3)
    words = parser.parse_args()
    if words.seed is None:
        words.seed = random.randrange(1 << 20)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="mr-kill-rounds-"))
    rounds = Rounds(words, directory)
    began = time.monotonic()
    try:
        rounds.run(words.rounds, words.batch)
    except (Fault, RuntimeError, OSError, subprocess.SubprocessError) as fault:
        print("FAILED with --seed %d in round %d: %s" % (words.seed, rounds.round, fault))
        print("Logs, accounts and the file system stay in %s" % directory)
        return 1
    finally:
        rounds.cluster.down()
    print("%d rounds with --seed %d in %.0f s, nothing lost: %s" % (
        rounds.round, words.seed, time.monotonic() - began, rounds.account_of(rounds.batches)))
    shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
