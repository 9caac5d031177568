"""The checks of the classic exercises on MapReduce, on a private cluster: maps run at the same time and so do reduces, each
task runs once when nothing fails, a client comes back when all is done and not before, and tasks that die or dawdle by
chance change nothing. The plugin lab.cc tells through files in a local directory how it was run."""

import unittest

from cluster_jobs_test import JobsCase, PLUGINS

SEVERAL = ("-D", "mapreduce.job.reduces=3", "-D", "mapreduce.job.ubertask.enable=false", "-D", "mr.input.combine=false")
MAPS, REDUCES = 4, 3
# What fails often is not kept from the only trackers that there are.
PATIENT = ("-D", "mapreduce.job.maxtaskfailures.per.tracker=100")


class Lab(JobsCase):
    settings = JobsCase.settings + ("mapreduce.map.speculative=false", "mapreduce.reduce.speculative=false")

    def setUp(self):
        super().setUp()
        self.marks = self.dir / "marks"
        self.marks.mkdir()
        self.put_words("/in", 100, files=MAPS)

    def lab(self, job, *words, out="/out", place=(), settings=()):
        return self.run_words("mr", "jar", *place, PLUGINS / "lab.so", job, *SEVERAL, *settings, "/in", out, *words)

    def attempts(self, prefix):
        return sorted(mark.name[len(prefix):] for mark in self.marks.glob(prefix + "*"))

    def test_maps_run_at_the_same_time(self):
        self.lab("maps_meet", "--dir", self.marks)
        self.assertEqual(self.run_words("dfs", "-cat", "/out/part-r-*").split(), ["met", str(100 * MAPS)])

    def test_reduces_run_at_the_same_time(self):
        self.lab("reduces_meet", "--dir", self.marks)
        self.assertEqual(set(self.run_words("dfs", "-cat", "/out/part-r-*").split()[::2]), {"met"})
        self.assertEqual(len(self.attempts("reduce-")), REDUCES)

    def test_each_task_runs_once_when_nothing_fails(self):
        self.lab("tells", "--dir", self.marks)
        begun = self.attempts("begun-")
        kinds = [attempt.split("_")[3] for attempt in begun]
        self.assertEqual((kinds.count("m"), kinds.count("r"), len(kinds)), (MAPS, REDUCES, MAPS + REDUCES), begun)
        self.assertTrue(all(attempt.endswith("_0") for attempt in begun), begun)
        self.assertEqual(self.attempts("ended-"), begun)

    def test_the_client_comes_back_when_all_is_done_and_not_before(self):
        for out in ("/first", "/second"):
            self.lab("tells", "--dir", self.marks, out=out)
            # What there is at this moment is all there will ever be.
            now = self.run_words("dfs", "-ls", out)
            self.assertEqual(self.attempts("begun-"), self.attempts("ended-"))
            self.assertEqual(now.count("part-r-"), REDUCES)
            self.assertIn("_SUCCESS", now)
            self.assertNotIn("_temporary", now)
            self.assertEqual(self.jobs(), [])
        self.run_words("mr", "diff", "/first", "/second")

    def test_tasks_that_die_or_dawdle_by_chance_change_nothing(self):
        self.lab("crashes", place=["--embedded"], out="/expected")
        said = self.lab("crashes", "--percent", "2", settings=PATIENT)
        self.run_words("mr", "diff", "/expected", "/out")
        # One in 50 of 100 records of four maps: that no attempt died would be a wonder.
        self.assertIn("Status : FAILED", said)

    def test_tasks_whose_first_two_attempts_die_end_with_the_third(self):
        self.lab("crashes", place=["--embedded"], out="/expected")
        said = self.lab("crashes", "--percent", "100", settings=PATIENT)
        self.run_words("mr", "diff", "/expected", "/out")
        parts = [self.run_words("dfs", "-cat", "/expected/part-r-%05d" % part) for part in range(REDUCES)]
        # A reduce without keys has nothing to die at.
        self.assertEqual(said.count("Status : FAILED"), 2 * (MAPS + sum(part != "" for part in parts)))


if __name__ == "__main__":
    unittest.main()
