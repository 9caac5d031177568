#!/usr/bin/env python3
"""The wall clock jumps by a day, forth and back, while files are written: clock_jumps.py PREFIX --clock LIBRARY --client FILE.

Daemons and writers see a clock that a library puts ahead (tests/support/jumped_clock.cc). After each jump the writers have
to go on at once and no datanode may be taken for dead, also when the namenode was killed before the jump and is started
again after it; at the end the promises of kill_rounds.py hold."""

import argparse
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from kill_rounds import Batch, Fault, Rounds  # noqa: E402

DAY = 86_400
JUMPS = (DAY, -DAY, 0, 2 * DAY, -2 * DAY, 0)
GOES_ON_SECONDS_MAX = 30  # on a busy machine; a lease or a retry that waits by the wall clock waits for a day
CHANGES = 10


class Jumps(Rounds):
    def __init__(self, words, directory):
        super().__init__(words, directory)
        self.clock = directory / "clock"
        self.jump(0)
        self.cluster.env.update(LD_PRELOAD=str(words.clock.resolve()), MR_TEST_CLOCK=str(self.clock))

    def jump(self, seconds):
        with open(self.clock, "r+b" if self.clock.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))

    def visit(self):
        self.cluster.up()
        self.authority = "127.0.0.1:%d" % self.cluster.namenode_port()
        batch = Batch(self, 0, self.writers, self.seed)
        self.batches.append(batch)
        try:
            self.expect_progress(batch, "before any jump")
            for number, seconds in enumerate(JUMPS):
                self.round += 1
                # Every other time while the namenode is dead, with calls of the writers in flight.
                dead = number % 2 == 1
                if dead:
                    self.kill(["namenode"])
                self.jump(seconds)
                if dead:
                    self.cluster.up()
                self.expect_progress(batch, "at %+d s" % seconds)
                self.expect_clock(seconds)
                self.expect_live("at %+d s" % seconds)
                print("jumped to %+d s" % seconds, flush=True)
            batch.stop()
        finally:
            batch.kill()
        self.wait_healthy()
        self.check([batch])
        # A writer is told of what it cannot do; that a jump took something from it must not be among it.
        lost = [told for account in batch.accounts for told in account.failures if "ease" in told]
        if lost:
            raise Fault("leases were lost:\n" + "\n".join(lost))

    def expect_clock(self, seconds):
        """That the daemons see it: a new directory has its time."""
        name = "/jumped-%d" % self.round
        if self.cluster.run("dfs", "-mkdir", name).returncode != 0:
            raise Fault("no directory can be made at %+d s" % seconds)
        told = self.cluster.run("dfs", "-stat", "%Y", name).stdout.strip()
        if abs(int(told) / 1000 - time.time() - seconds) > 3600:
            raise Fault("the namenode's clock did not jump to %+d s: %s" % (seconds, told))

    def expect_progress(self, batch, when):
        def done():
            return sum(file.read_bytes().count(b"\ndone") for file in batch.files)
        before, end = done(), time.monotonic() + GOES_ON_SECONDS_MAX
        while done() < before + CHANGES:
            if time.monotonic() > end:
                raise Fault("writers do not go on %s" % when)
            time.sleep(0.02)

    def expect_live(self, when):
        told = self.cluster.run("hdfs", "dfsadmin", "-report").stdout
        if "Live datanodes (3)" not in told or "Dead datanodes" in told:
            raise Fault("datanodes are not live %s:\n%s" % (when, told))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prefix", type=pathlib.Path, help="an installation")
    parser.add_argument("--clock", type=pathlib.Path, required=True, help="the library jumped_clock")
    parser.add_argument("--client", type=pathlib.Path, required=True, help="the program acknowledged_client")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--writers", type=int, default=2)
    words = parser.parse_args()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="mr-clock-jumps-"))
    jumps = Jumps(words, directory)
    try:
        jumps.visit()
    except (Fault, RuntimeError, OSError, ValueError, subprocess.SubprocessError) as fault:
        print("FAILED after %d jumps: %s" % (jumps.round, fault))
        print("Logs, accounts and the file system stay in %s" % directory)
        return 1
    finally:
        jumps.cluster.down()
    print("%d jumps, nothing lost: %s" % (jumps.round, jumps.account_of(jumps.batches)))
    shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
