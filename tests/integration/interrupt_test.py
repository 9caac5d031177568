"""Ends in the middle: by signal, by a second signal, by SIGKILL. What is left, and what the next run makes of it."""

import unittest

from mr_case import *


class Interrupt(MrCase):
    def setUp(self):
        super().setUp()
        self.write("in", "x\n" * 100000)

    def running(self, job):
        process = self.start("jar", self.plugin("faults"), job, "-D", "mapreduce.cluster.local.dir=%s" % self.local,
                             "in", "out")
        self.eventually(lambda: (self.dir / "out" / "_temporary").exists() or any(self.local.iterdir()),
                        "the job to make its directories")
        return process

    def ended(self, process, status, seconds=20):
        _, err = process.communicate(timeout=seconds)
        outcome = Outcome(process.returncode, "", err.decode())
        self.assert_status(outcome, status)
        self.assert_clean()
        return outcome

    def test_interrupt(self):
        process = self.running("sleeps")
        process.send_signal(signal.SIGINT)
        self.assert_says(self.ended(process, 130), "KILLED", "SIGINT")

    def test_terminate(self):
        process = self.running("sleeps")
        process.send_signal(signal.SIGTERM)
        self.assert_says(self.ended(process, 143), "KILLED", "SIGTERM")

    def test_second_interrupt_ends_a_plugin_that_is_stuck(self):
        process = self.running("stuck")
        process.send_signal(signal.SIGINT)
        try:
            process.wait(0.5)
            self.fail("a stuck plugin cannot end by itself")
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        self.ended(process, 130)

    def test_stuck_plugin_ends_after_some_patience(self):
        process = self.running("stuck")
        process.send_signal(signal.SIGTERM)
        self.assert_says(self.ended(process, 143), "SIGTERM.*did not stop")

    def test_flood_is_interrupted(self):
        self.write("in", "bad\n")
        process = self.start("jar", self.plugin("faults"), "floods", "-D", "mapreduce.task.io.sort.mb=8", "-D",
                             "mapreduce.cluster.local.dir=%s" % self.local, "in", "out")
        self.eventually(lambda: any(p.is_file() and p.stat().st_size > (1 << 20) for p in self.local.rglob("*")),
                        "the flood to be spilled")
        process.send_signal(signal.SIGINT)
        self.ended(process, 130)

    def test_next_run_cleans_up_after_kill(self):
        process = self.running("stuck")
        process.kill()
        process.wait()
        self.assertFalse((self.dir / "out" / "_SUCCESS").exists())
        self.assertFalse(list((self.dir / "out").glob("part-*")))
        self.assert_status(self.jar("count", "in", "out2"), OK)
        self.assertEqual([p for p in self.local.rglob("*") if p.is_file()], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
