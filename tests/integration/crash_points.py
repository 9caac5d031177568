#!/usr/bin/env python3
"""Ends each daemon at each of its named crash points while files are written: crash_points.py PREFIX [options].

For every point (namenode/crash_points.cc, datanode/crash_points.cc and the datanode's store) a daemon of a private cluster is
killed and started again with the point armed. Writers that record every acknowledgement go on, and what they do not bring about
is provoked: lost writers, copies, an orderly stop, a torn journal. The daemon has to end by itself, with the code of a crash
point, and `mr up` to start it again. After each batch of points the promises of kill_rounds.py must hold: fsck says
HEALTHY within 60 s, and everything acknowledged is there with the right bytes and nothing else."""

import argparse
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from acknowledged import Account  # noqa: E402
from kill_rounds import Batch, Fault, Rounds  # noqa: E402

CRASH_EXIT_CODE = 86  # kCrashExitCode
PASSED_SECONDS_MAX = 60
NAMENODE, DATANODE = "namenode", "datanode-1"
# A torn record of the journal lies this far behind the last byte that is not zero, which belongs to a whole one.
TORN_GAP = 64

# What comes to a point, where writers alone do not or not for sure. Functions of Points, called until the daemon has ended.
PROVOKED = {
    (NAMENODE, "segment.before_finish"): "stop",
    (NAMENODE, "checkpoint.before_sync"): "stop",
    (NAMENODE, "checkpoint.before_mark"): "stop",
    (NAMENODE, "checkpoint.after_sync"): "stop",
    (NAMENODE, "purge.before_remove"): "stop",
    (NAMENODE, "purge.after_remove"): "stop",
    (DATANODE, "copy.before_send"): "copy",
    (DATANODE, "copy.before_answer"): "copy",
    (DATANODE, "recovery.before_update"): "lose_writer",
    (DATANODE, "recovery.before_commit"): "lose_writer",
    (DATANODE, "recovery.after_commit"): "lose_writer",
}
# What is done to the directories between the kill and the start.
PREPARED = {
    "recovery.before_cut": "tear_journal",
    "recovery.after_cut": "tear_journal",
    "recovery.before_rename": "lose_segment",
}
# Passed at a first start, in a failed pipeline's copy, or by a recovery that cuts: tests/unit/datanode visits each pass.
UNIT_ONLY = {"version.before_write", "convert.before_data", "convert.before_meta", "cut.before_checksum", "cut.before_data",
             "cut.before_meta", "stamp.before_meta"}
# Passed all the time, so that any passing may be chosen.
OFTEN = {"edit.before_append", "edit.before_write", "edit.before_flush", "edit.before_answer", "reply.before_send",
         "create.before_data", "create.before_meta", "write.before_data", "write.before_meta", "packet.before_ack"}


class Watched(Batch):
    def done(self):
        """How many changes were acknowledged so far."""
        return sum(file.read_bytes().count(b"\ndone") for file in self.files)


class Points(Rounds):
    def __init__(self, words, directory):
        super().__init__(words, directory)
        # Two, so that one may lack what the other has.
        names = ",".join("file://%s" % (self.cluster.state / name) for name in ("name", "name-2"))
        self.cluster.words += ["-D", "dfs.namenode.name.dir=" + names]
        self.extra = 0

    def all(self):
        """(daemon, point) of every point that is brought about here, as the daemons themselves list them."""
        return [(daemon, point) for daemon in (NAMENODE, DATANODE) for point in self.names(daemon) if point not in UNIT_ONLY]

    def names(self, daemon):
        """A daemon that is given a point that does not exist says which do."""
        program = daemon.split("-")[0]
        done = self.cluster.run(self.cluster.prefix / "bin" / program, "-D", "mr.%s.crash.point=none" % program,
                                "-D", "hadoop.tmp.dir=%s" % (self.directory / "none"))
        line = done.stdout.strip().splitlines()[-1]
        if done.returncode == 0 or "known are " not in line:
            raise Fault("%s does not refuse an unknown crash point: %s" % (program, done.stdout))
        return line.split("known are ")[1].split()

    def visit(self, points, batch_size):
        self.cluster.up()
        self.authority = "127.0.0.1:%d" % self.cluster.namenode_port()
        while self.round < len(points):
            batch = Watched(self, len(self.batches), self.writers, self.seed * 1000 + len(self.batches) * self.writers)
            self.batches.append(batch)
            try:
                for daemon, point in points[self.round:self.round + batch_size]:
                    self.round += 1
                    self.crash(daemon, point)
                    self.cluster.up()
                    done = batch.done()
                    self.until("a writer goes on", lambda before=done: batch.done() > before)
                self.expect_authority()
                batch.stop()
            finally:
                batch.kill()
            self.wait_healthy()
            self.check(self.batches)
            print("%d points visited: %s" % (self.round, self.account_of([batch])), flush=True)

    def crash(self, daemon, point):
        spec = point if point not in OFTEN else "%s:%d" % (point, self.random.randrange(1, 5))
        words = pathlib.Path("/proc/%d/cmdline" % self.cluster.process(daemon)).read_bytes().decode().split("\0")[:-1]
        self.cluster.kill(daemon)
        self.until("%s is gone" % daemon, lambda: self.cluster.process(daemon) is None)
        if point in PREPARED:
            getattr(self, PREPARED[point])()
        program = daemon.split("-")[0]
        ports = self.cluster.state / ("run/%s.ports" % daemon)
        ports.unlink(missing_ok=True)
        began = time.monotonic()
        with open(self.cluster.state / ("logs/%s.log" % daemon), "ab") as log:
            process = subprocess.Popen(words + ["-D", "mr.%s.crash.point=%s" % (program, spec)], env=self.cluster.env, cwd="/",
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        try:
            self.until_it_ends(process, ports, daemon, point)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode != CRASH_EXIT_CODE:
            raise Fault("%s at %s ended with code %d instead of %d" % (daemon, spec, process.returncode, CRASH_EXIT_CODE))
        self.kills[program] = self.kills.get(program, 0) + 1
        print("%s %s after %.1f s" % (daemon, spec, time.monotonic() - began), flush=True)

    def until_it_ends(self, process, ports, daemon, point):
        end = time.monotonic() + PASSED_SECONDS_MAX
        provoke = PROVOKED.get((daemon, point))
        while process.poll() is None:
            if time.monotonic() > end:
                raise Fault("%s did not pass %s within %d s" % (daemon, point, PASSED_SECONDS_MAX))
            if provoke is not None and ports.exists():
                getattr(self, provoke)(process)
            time.sleep(0.02)

    def until(self, what, is_so):
        end = time.monotonic() + PASSED_SECONDS_MAX
        while not is_so():
            if time.monotonic() > end:
                raise Fault("not within %d s: %s" % (PASSED_SECONDS_MAX, what))
            time.sleep(0.01)

    # Provocations.

    def stop(self, process):
        """In order, once there is something to write down: it has left safe mode and made a directory."""
        if self.cluster.run("dfs", "-mkdir", self.new_name()).returncode != 0:
            return
        process.send_signal(signal.SIGTERM)
        self.ended_within(process, 10)

    def copy(self, process):
        """One replica each, somewhere, then three: whoever has it copies it."""
        name = self.new_name()
        sources = [self.directory / ("small-%d" % number) for number in range(8)]
        for source in sources:
            source.write_text("copied\n" * 1000, encoding="utf-8")
        self.cluster.run("dfs", "-mkdir", name)
        self.cluster.run("dfs", "-D", "dfs.replication=1", "-put", *sources, name)
        self.cluster.run("dfs", "-setrep", "3", name)
        self.ended_within(process, 4)

    def lose_writer(self, process):
        """A writer goes away in the middle of a file, and somebody wants the file: its last block is recovered."""
        batch = Batch(self, 1000 + self.extra, 1, self.seed * 1000 + 500 + self.extra)
        self.extra += 1
        try:
            self.until("a writer has flushed", lambda: b"flushed" in batch.files[0].read_bytes().split(b"done")[-1] or
                       process.poll() is not None)
        finally:
            batch.kill()
        account = Account()
        account.read(batch.files[0].read_text(encoding="utf-8").splitlines())
        batch.accounts.append(account)
        self.batches.append(batch)
        left = [(path, file) for path, file in {**account.may, **account.must}.items() if file is not None and not file.closed]
        asked = "".join("%s %d recover\n" % (path, file.id) for path, file in left)
        if not asked:
            return
        with subprocess.Popen([self.client, self.authority, "check"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=self.cluster.env) as check:
            try:
                check.stdin.write(asked.encode())
                check.stdin.close()
                end = time.monotonic() + 8
                while check.poll() is None and process.poll() is None and time.monotonic() < end:
                    time.sleep(0.02)
            finally:
                check.kill()

    def new_name(self):
        self.extra += 1
        return "/provoked-%d" % self.extra

    def ended_within(self, process, seconds):
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            pass

    # Preparations.

    def newest_segment(self, name):
        return sorted((self.cluster.state / name / "current").glob("edits_*"))[-1]

    def tear_journal(self):
        """What a flush leaves that the machine did not survive: a piece of a record behind the whole ones."""
        for name in ("name", "name-2"):
            path = self.newest_segment(name)
            whole = len(path.read_bytes().rstrip(b"\0"))
            with open(path, "r+b") as file:
                file.seek(whole + TORN_GAP)
                file.write(b"torn record")

    def lose_segment(self):
        """A directory that was out of use for a while."""
        self.newest_segment("name-2").unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prefix", type=pathlib.Path, help="an installation")
    parser.add_argument("--client", type=pathlib.Path, required=True, help="the program acknowledged_client")
    parser.add_argument("--only", action="append", default=[], help="a point; may be repeated")
    parser.add_argument("--every", type=int, default=1, help="visit every so many points")
    parser.add_argument("--batch", type=int, default=8, help="points between two checks")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--writers", type=int, default=3)
    words = parser.parse_args()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="mr-crash-points-"))
    points = Points(words, directory)
    began = time.monotonic()
    try:
        chosen = [each for each in points.all() if not words.only or each[1] in words.only][::words.every]
        if not chosen:
            raise Fault("no point is called " + " or ".join(words.only))
        points.visit(chosen, words.batch)
    except (Fault, RuntimeError, OSError, subprocess.SubprocessError) as fault:
        print("FAILED with --seed %d after %d points: %s" % (words.seed, points.round, fault))
        print("Logs, accounts and the file system stay in %s" % directory)
        return 1
    finally:
        points.cluster.down()
    print("%d points with --seed %d in %.0f s, nothing lost" % (len(chosen), words.seed, time.monotonic() - began))
    shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
