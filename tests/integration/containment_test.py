"""User code that harms on a cluster: what it does stays in its attempt, is told, and leaves nothing. Each case is followed
by a job that runs as if nothing had been."""

import ctypes
import json
import os
import pwd
import re
import unittest

from cluster_jobs_test import JobsCase

APART = ("-D", "mapreduce.job.ubertask.enable=false")
LANDLOCK_CREATE_RULESET = 444  # the number of the system call
ONCE = ("-D", "mapreduce.map.maxattempts=1", "-D", "mapreduce.reduce.maxattempts=1")


class Containment(JobsCase):
    datanodes = 1

    def setUp(self):
        super().setUp()
        self.put_text("/in/f", "bad\n")

    def tearDown(self):
        """The tracker is as good as before."""
        if any(error for _, error in getattr(self._outcome, "errors", [])):
            return
        self.jar("faults", "prints", *APART, "/in", "/after")
        self.eventually("empty local directories", lambda: not self.local_jobs())

    def local_jobs(self):
        return list((self.cluster.state / "tracker-1/local/tasktracker/jobs").iterdir())

    def job_of(self, said):
        return re.search(r"Running job: (\S+)", said)[1]

    def logs_of(self, said, name):
        return list((self.cluster.state / "tracker-1/userlogs" / self.job_of(said)).glob("attempt_*_m_*/" + name))

    def test_memory_without_end_ends_the_attempt_with_a_verdict(self):
        said = self.jar("containment", "allocates", *APART, *ONCE, "-D", "mapreduce.map.memory.mb=200", "/in", "/out",
                        status=1)
        self.assertRegex(said, r"took \S+ \S+ of memory, more than its limit of 200(\.0)? MiB")
        self.assertIn("Raise mapreduce.map.memory.mb", said)
        self.absent("/out")

    def test_an_attempt_that_blocks_for_ever_is_ended_after_its_time(self):
        said = self.jar("faults", "stuck", *APART, *ONCE, "-D", "mapreduce.task.timeout=1500", "/in", "/out", status=1)
        self.assertIn("No progress for 1500 ms", said)
        self.assertIn("mapreduce.task.timeout", said)
        self.absent("/out")

    def test_children_go_with_their_attempt(self):
        self.jar("astray", "leaves_children", *APART, "/in", "/out")
        children = re.findall(r"(?m)^(\d+)\t1$", self.run_words("dfs", "-cat", "/out/part-m-00000"))
        self.assertEqual(len(children), 2)
        for child in children:
            self.eventually("the end of process " + child, lambda: not os.path.exists("/proc/%s/stat" % child), 10)

    def test_a_flood_on_stderr_is_bounded_and_told(self):
        said = self.jar("astray", "chatters", *APART, "-D", "mapreduce.task.userlog.limit.kb=64", "/in", "/out")
        (log,) = self.logs_of(said, "stderr")
        self.assertLess(log.stat().st_size, 80 << 10)
        kept = log.read_text(encoding="utf-8")
        self.assertIn("bytes are left out here; mapreduce.task.userlog.limit.kb", kept)
        self.assertTrue(kept.endswith("that was all\n"))

    def test_records_that_crash_exit_throw_or_hang_are_skipped(self):
        lines = ["line %d" % number for number in range(1000)]
        lines[17] = lines[500] = "bad"
        self.put_text("/thousand/f", "\n".join(lines) + "\n")
        skip = ("-D", "mapreduce.map.skip.maxrecords=1", "-D", "mapreduce.task.timeout=1500")
        at_once = ("-D", "mapreduce.task.skip.start.attempts=1")
        for fault in ("segv", "throws", "exits", "stuck_at_bad"):
            with self.subTest(fault):
                out = "/out-" + fault
                plugin = "containment" if fault == "stuck_at_bad" else "faults"
                said = self.jar(plugin, fault, *skip, *(at_once if fault != "segv" else ()), "/thousand", out)
                self.assertIn("Map skipped records=2\n", said)
                self.assertIn("Map input records=998\n", said)
                self.assertRegex(said, r"Warning: Map tasks skipped 2 bad records \(mapreduce\.map\.skip\.maxrecords\); see "
                                       r"hdfs://\S+/_logs/skip\n")
                self.assertRegex(self.run_words("mr", "why", self.job_of(said)),
                                 r"Warning: task_\S+_m_000000 failed 1 time at record 500\b")
                counted = self.run_words("dfs", "-cat", out + "/part-r-00000")
                self.assertEqual(sorted(counted.splitlines()),
                                 sorted(line + "\t1" for line in lines if line != "bad"))
                kept = [json.loads(line) for line in
                        self.run_words("dfs", "-cat", out + "/_logs/skip/*").splitlines()]
                self.assertEqual([(line["record"], line["value"]) for line in kept], [(17, "bad"), (500, "bad")])
        said = self.jar("faults", "segv", *APART, "/thousand", "/out-as-ever", status=1)
        self.assertIn("failed too often", said)
        self.absent("/out-as-ever")

    def test_groups_that_a_reducer_fails_at_are_skipped(self):
        self.put_text("/groups/f", "good\nbad\nworse\nbad\n")
        said = self.jar("faults", "throws_in_reduce", "-D", "mapreduce.reduce.skip.maxgroups=1",
                        "-D", "mapreduce.job.skip.outdir=/skipped", "/groups", "/out-groups")
        self.assertIn("Reduce skipped groups=1\n", said)
        self.assertIn("Reduce skipped records=2\n", said)
        kept = self.run_words("dfs", "-cat", "/skipped/attempt_*_r_000000_2").splitlines()
        self.assertEqual([json.loads(line)["key"] for line in kept], ["bad", "bad"])

    def test_limits_of_the_kernel_end_the_attempt_and_are_named(self):
        said = self.jar("containment", "grows", *APART, *ONCE, "-D", "mapreduce.task.rlimit.fsize=1000000", "/in", "/out",
                        status=1)
        self.assertIn("crashed with SIGXFSZ (a file grew beyond the limit)", said)
        self.assertIn("mapreduce.task.rlimit.fsize permits 1000000 bytes in a file", said)
        said = self.jar("containment", "opens", *APART, *ONCE, "-D", "mapreduce.task.rlimit.nofile=200", "/in", "/out",
                        status=1)
        self.assertIn("open /dev/null: Too many open files", said)
        self.assertIn("mapreduce.task.rlimit.nofile permits 200 open files", said)
        self.absent("/out")

    def test_exceptions_in_setup_and_cleanup(self):
        for fault in ("throws_in_setup", "throws_in_cleanup"):
            with self.subTest(fault):
                said = self.jar("astray", fault, *APART, *ONCE, "/in", "/out-" + fault, status=1)
                self.assertRegex(said, r"Task Id : attempt_\S+, Status : FAILED\nError: ")
                self.absent("/out-" + fault)

    def test_what_an_attempt_leaves_in_its_working_directory_is_nobody_elses(self):
        for number in range(6):
            self.put_text("/many/%d" % number, "line %d\n" % number)
        self.jar("containment", "litters", *APART, "-D", "mr.input.combine=false", "/many", "/out")
        self.assertEqual(self.run_words("dfs", "-cat", "/out/part-m-*").count("line "), 6)

    def test_a_profile_names_what_burns_the_time(self):
        said = self.jar("containment", "burns", *APART, "-D", "mapreduce.task.profile=true", "/in", "/out")
        logs = self.run_words("mr", "logs", self.job_of(said))
        self.assertRegex(logs, r"===== attempt_\S+_m_\S+ SUCCEEDED on tracker_\S+: profile\.folded\n")
        burnt = sum(int(count) for count in re.findall(r"(?m);[^;\n]*burn_processor_time.* (\d+)$", logs))
        self.assertGreater(burnt, 20)
        said = self.jar("containment", "burns", *APART, "/in", "/out-unprofiled")
        self.assertEqual(self.logs_of(said, "profile.folded"), [])


@unittest.skipIf(ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, 0, 1) < 1, "this kernel has no Landlock")
class Sandbox(JobsCase):
    datanodes = 1
    settings = JobsCase.settings + ("mr.tasktracker.sandbox=landlock,seccomp",)

    def test_system_calls_that_concern_the_machine_are_refused(self):
        self.put_text("/in/f", "a\n")
        for whole in ("true", "false"):
            out = "/out-" + whole
            self.jar("containment", "asks", "-D", "mapreduce.job.ubertask.enable=" + whole, "/in", out)
            said = self.run_words("dfs", "-cat", out + "/part-m-00000")
            for call in ("ptrace", "unshare", "mount"):
                self.assertIn(call + ": Operation not permitted\t1\n", said)
            self.assertIn("getppid: permitted\t1\n", said)

    def test_attempts_write_where_they_work_and_nowhere_else(self):
        outside = self.dir / "outside"
        outside.write_text("as it was", encoding="utf-8")
        self.put_text("/in/f", "here\n%s\n%s\n" % (outside, self.dir / "new"))
        for whole in ("true", "false"):
            with self.subTest(whole):
                out = "/out-" + whole
                self.jar("containment", "writes", "-D", "mapreduce.job.ubertask.enable=" + whole,
                         "-D", "mapreduce.task.profile=true", "/in", out)
                said = self.run_words("dfs", "-cat", out + "/part-m-00000")
                self.assertIn("here: written\t1\n", said)
                self.assertIn("%s: Permission denied\t1\n" % outside, said)
                self.assertIn("%s: Permission denied\t1\n" % (self.dir / "new"), said)
        self.assertEqual(outside.read_text(encoding="utf-8"), "as it was")
        self.assertFalse((self.dir / "new").exists())
        # Reduces, what they fetch, and what is committed are as ever.
        self.put_words("/words", 2000)
        self.jar("count", "-D", "mapreduce.job.reduces=2", *APART, "/words", "/counted")
        self.run_words("dfs", "-test", "-e", "/counted/_SUCCESS")


@unittest.skipUnless(os.geteuid() == 0, "only root can run attempts as another user")
class OwnUser(JobsCase):
    datanodes = 1
    settings = JobsCase.settings + ("mr.tasktracker.task.user=nobody",)

    def setUp(self):
        super().setUp()
        self.dir.chmod(0o711)

    def test_attempts_have_no_rights_of_the_tracker(self):
        nobody = pwd.getpwnam("nobody")
        self.put_text("/in/f", "a\n")
        said = self.jar("containment", "who", *APART, "/in", "/out")
        who = dict(line.split("\t") for line in self.run_words("dfs", "-cat", "/out/part-r-00000").splitlines())
        self.assertEqual((who["uid"], who["gid"]), (str(nobody.pw_uid), str(nobody.pw_gid)))
        self.assertEqual((who["root again"], who["shadow"]), ("0", "0"))
        self.assertLessEqual(int(who["groups"]), 1)
        # In the file system it was the submitter.
        self.assertRegex(self.run_words("dfs", "-ls", "/out"), r"(?m)^-\S+ +\d+ root +\S+ .* /out/part-r-00000$")
        # Logs, side files, map output of several maps, reduces that fetch, and a tiny job in one worker are as ever.
        self.jar("faults", "prints", *APART, "/in", "/printed")
        self.put_words("/words", 2000, files=3)
        self.jar("count", "-D", "mapreduce.job.reduces=2", "-D", "mr.input.combine=false", *APART, "/words", "/counted")
        self.jar("count", "-D", "mapreduce.job.reduces=1", "/words", "/counted-whole")
        self.assertIn("be\t12000\n", self.run_words("dfs", "-cat", "/counted/part-r-*"))
        self.assertIn("be\t12000\n", self.run_words("dfs", "-cat", "/counted-whole/part-r-*"))
        logs = self.cluster.state / "tracker-1/userlogs" / re.search(r"Running job: (\S+)", said)[1]
        self.assertEqual(logs.stat().st_uid, nobody.pw_uid)

    def test_a_way_that_is_closed_is_named(self):
        self.put_text("/in/f", "a\n")
        self.dir.chmod(0o700)
        said = self.jar("containment", "who", *APART, "/in", "/out", status=1)
        self.assertIn("user nobody of mr.tasktracker.task.user may not enter %s," % self.dir, said)


if __name__ == "__main__":
    unittest.main()
