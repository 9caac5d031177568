"""A tasktracker seen from outside: what it takes when idle, and what it leaves behind when it is killed or stopped."""

import pathlib
import signal
import unittest

from cluster_jobs_test import EXAMPLES, JobsCase

IDLE_KIB_MAX = 20 * 1024


@unittest.skipIf(EXAMPLES is None, "no examples are built")
class Tracker(JobsCase):
    datanodes = 1
    settings = JobsCase.settings + ("mapreduce.job.ubertask.enable=false", "mapreduce.job.reduces=2",
                                    "mapreduce.input.fileinputformat.split.maxsize=1000000")

    def local_jobs(self):
        """Directories of jobs on the tracker's local disk."""
        return list((self.cluster.state / "tracker-1/local/tasktracker/jobs").iterdir())

    def resident_kib(self):
        status = pathlib.Path("/proc/%d/status" % self.cluster.process("tasktracker-1")).read_text(encoding="utf-8")
        return int(status.split("VmRSS:")[1].split()[0])

    def sort(self, out):
        return self.start("mr", "jar", EXAMPLES / "sort.so", "/in", out)

    def test_after_a_job_it_is_small_and_its_local_directories_are_empty(self):
        self.put_words("/in", 50000)
        self.finish(self.sort("/out"))
        self.put_text("/text/f", "bad\n")
        self.jar("faults", "prints", "/text", "/printed")
        self.eventually("empty local directories", lambda: not self.local_jobs())
        self.assertLess(self.resident_kib(), IDLE_KIB_MAX)
        logs = list((self.cluster.state / "tracker-1/userlogs").glob("job_*/attempt_*_m_*/stderr"))
        self.assertIn("a bad line was seen\n", [log.read_text(encoding="utf-8") for log in logs])

    def test_killed_it_leaves_no_worker_and_its_successor_clears_the_disk(self):
        self.put_words("/in", 200000, 4)
        process = self.sort("/out")
        self.eventually("attempts at work", lambda: len(self.processes("mr-worker")) > 1)
        self.assertTrue(self.local_jobs())
        self.cluster.kill("tasktracker-1")
        self.eventually("no workers", lambda: not self.processes("mr-worker"), 5)
        self.cluster.up()
        self.finish(process)
        self.eventually("empty local directories", lambda: not self.local_jobs())

    def test_stopped_it_ends_its_attempts_and_the_job_waits_for_another(self):
        self.put_words("/in", 200000, 4)
        process = self.sort("/out")
        self.eventually("attempts at work", lambda: len(self.processes("mr-worker")) > 1)
        self.cluster.kill("tasktracker-1", signal.SIGTERM)
        self.eventually("the end of the tracker", lambda: self.cluster.process("tasktracker-1") is None, 10)
        self.eventually("no workers", lambda: not self.processes("mr-worker"), 1)
        self.cluster.up()
        self.finish(process)


if __name__ == "__main__":
    unittest.main()
