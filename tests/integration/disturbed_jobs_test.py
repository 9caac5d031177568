"""What may happen to a job while it runs, or be asked of a cluster that it cannot do: the client is told clearly, and other
jobs are not harmed."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import unittest

from cluster_jobs_test import JobsCase, PLUGINS, PREFIX

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from cut_wire import CutWire  # noqa: E402

SEVERAL = ("-D", "mapreduce.job.reduces=2", "-D", "mapreduce.job.ubertask.enable=false", "-D", "mr.input.combine=false")


class DisturbedCase(JobsCase):
    def slow(self, out="/out", source="/in", options=()):
        """A job of some seconds that handles a record in a millisecond, running."""
        process = self.start("mr", "jar", PLUGINS / "faults.so", "sleeps", *SEVERAL, *options, source, out)
        self.eventually("attempts at work", lambda: len(self.processes("mr-worker")) > 2)
        return process

    def another_job_works(self):
        self.put_words("/other-in", 10)
        self.jar("count", "/other-in", "/other-out")
        self.assertEqual(self.run_words("dfs", "-cat", "/other-out/part-r-00000").split()[:2], ["be", "20"])

    def ports(self, daemon):
        return json.loads((self.cluster.state / "run" / (daemon + ".ports")).read_text(encoding="utf-8"))


class Disturbed(DisturbedCase):
    def test_input_that_is_deleted_while_the_job_runs_is_named(self):
        self.put_words("/in", 300, files=12)
        job = self.slow()
        self.run_words("dfs", "-rm", "-r", "-skipTrash", "/in")
        said = self.finish(job, 1)
        self.assertRegex(said, r"failed with state FAILED due to: .*File does not exist: /in/\d+")
        self.absent("/out")
        self.another_job_works()

    def test_an_output_that_somebody_takes_away_and_makes_anew_gets_all_parts_beside_what_is_there(self):
        self.put_words("/in", 300, files=8)
        self.jar("faults", "sleeps", "--embedded", *SEVERAL, "/in", "/expected")
        job = self.start("mr", "jar", PLUGINS / "lab.so", "waits", *SEVERAL, "/in", "/out", "--dir", self.dir)
        self.eventually("attempts at work", lambda: len(self.processes("mr-worker")) > 2)
        self.run_words("dfs", "-rm", "-r", "-skipTrash", "/out")
        self.put_text("/out/mine", "not the job's\n")
        (self.dir / "go").touch()
        self.finish(job)
        self.assertEqual(self.run_words("dfs", "-cat", "/out/mine"), "not the job's\n")
        self.run_words("dfs", "-test", "-e", "/out/_SUCCESS")
        for part in ("part-r-00000", "part-r-00001"):
            self.assertEqual(*(self.run_words("dfs", "-cat", folder + part) for folder in ("/out/", "/expected/")))

    def test_a_job_whose_client_vanishes_comes_to_its_end(self):
        self.put_words("/in", 300, files=6)
        self.jar("faults", "sleeps", "--embedded", *SEVERAL, "/in", "/expected")
        job = self.slow()
        job.kill()
        job.wait()
        self.eventually("the end of the job", lambda: not self.jobs())
        self.run_words("mr", "diff", "/expected", "/out")
        self.assertIn("SUCCEEDED", self.run_words("mr", "job", "-list", "all"))

    def test_garbage_on_every_port_harms_nobody(self):
        self.put_words("/in", 300, files=6)
        self.jar("faults", "sleeps", "--embedded", *SEVERAL, "/in", "/expected")
        job = self.slow()
        before = {name: self.cluster.process(name) for name in self.cluster.daemons()}
        garbage = (b"", b"\0" * 4096, b"\xff" * 100_000, b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 20_000,
                   b"hrpc\x09\x00\x00" + b"\x7f\xff\xff\xff" * 100, bytes(range(256)) * 64)
        for name in before:
            for port in self.ports(name).values():
                for text in garbage:
                    with socket.create_connection(("127.0.0.1", port), timeout=10) as stream:
                        try:
                            stream.sendall(text)
                            stream.shutdown(socket.SHUT_WR)
                            stream.settimeout(10)
                            while stream.recv(1 << 16):
                                pass
                        except OSError:
                            pass  # refused, which is as good
        self.assertEqual({name: self.cluster.process(name) for name in self.cluster.daemons()}, before)
        self.finish(job)
        self.run_words("mr", "diff", "/expected", "/out")

    def test_a_library_that_no_tracker_has_is_named_at_submission(self):
        libraries = self.dir / "libraries"
        libraries.mkdir()
        (self.dir / "helper.cc").write_text('extern "C" int helper() { return 1; }\n', encoding="utf-8")
        subprocess.run(["g++", "-shared", "-fPIC", self.dir / "helper.cc", "-o", libraries / "libmrhelper.so"], check=True)
        (self.dir / "needy.cc").write_text(
            '#include <mr/mr.h>\nextern "C" int helper();\nMR_JOB(needy, "Needs a library.") {\n'
            "  job.map([](mr::Line line, mr::Emit<std::string_view, int64_t>& emit) { emit(line.text, helper()); });\n"
            "  job.reduce(mr::sum);\n}\n", encoding="utf-8")
        self.put_words("/in", 10)
        # The client finds it, by a way that nobody else knows.
        self.cluster.env["LD_LIBRARY_PATH"] = str(libraries)
        self.run_words("mr", "compile", self.dir / "needy.cc", "-o", self.dir / "needy.so", "--", "-O0", "-L%s" % libraries,
                       "-lmrhelper")
        said = self.run_words("mr", "jar", self.dir / "needy.so", *SEVERAL, "/in", "/out", status=1)
        del self.cluster.env["LD_LIBRARY_PATH"]
        self.assertIn("libmrhelper.so", said)
        self.absent("/out")
        self.another_job_works()

    def test_an_attempt_that_stands_still_is_overtaken_by_another(self):
        self.put_words("/in", 300, files=8)
        self.jar("faults", "sleeps", "--embedded", *SEVERAL, "/in", "/expected")
        job = self.slow(options=("-D", "mapreduce.task.timeout=4000"))
        stopped = []
        for worker in self.processes("mr-worker"):
            # Those whose parent is a worker run attempts.
            try:
                stat = pathlib.Path("/proc/%d/stat" % worker).read_text(encoding="utf-8")
                if int(stat.rpartition(")")[2].split()[1]) in self.processes("mr-worker"):
                    os.kill(worker, signal.SIGSTOP)
                    stopped.append(worker)
                    break
            except (FileNotFoundError, ProcessLookupError):
                continue  # it was done
        self.assertTrue(stopped)
        self.finish(job)
        self.run_words("mr", "diff", "/expected", "/out")
        self.eventually("the end of what stood still",
                        lambda: not [worker for worker in stopped if worker in self.processes("mr-worker")])


class Limited(DisturbedCase):
    settings = JobsCase.settings + ("mapreduce.jobtracker.queue.default.maxjobs=1",)

    def test_one_job_more_than_the_queue_takes_is_refused_and_leaves_nothing(self):
        self.put_words("/in", 300, files=6)
        first = self.slow()
        said = self.jar("count", "/in", "/second", status=1)
        self.assertRegex(said, r"queue default has 1 jobs, its limit")
        self.absent("/second")
        self.finish(first)
        self.another_job_works()


class Partitioned(DisturbedCase):
    def test_a_tracker_that_the_jobtracker_does_not_reach_is_replaced_and_comes_back(self):
        self.put_words("/in", 300, files=8)
        self.jar("faults", "sleeps", "--embedded", *SEVERAL, "/in", "/expected")
        wire = CutWire(("127.0.0.1", self.ports("jobtracker")["rpc"]))
        self.addCleanup(wire.close)
        own = self.dir / "behind"
        own.mkdir()
        tracker = self.start(PREFIX / "bin/tasktracker", "--conf", self.cluster.state / "conf",
                             "-D", "mapreduce.jobtracker.address=127.0.0.1:%d" % wire.port,
                             "-D", "mapreduce.cluster.local.dir=%s/local" % own, "-D", "mr.tasktracker.userlogs.dir=%s/logs" % own,
                             "-D", "mapreduce.tasktracker.http.address=127.0.0.1:0",
                             "-D", "mr.tasktracker.shuffle.address=127.0.0.1:0",
                             "-D", "mapreduce.tasktracker.map.tasks.maximum=4")
        active = lambda: len(self.run_words("mr", "job", "-list-active-trackers").split())  # noqa: E731
        self.eventually("three trackers", lambda: active() == 3)
        job = self.slow()
        self.eventually("attempts behind the wire", lambda: list(own.glob("local/tasktracker/jobs/*")))
        wire.cut()
        self.eventually("two trackers", lambda: active() == 2)
        self.finish(job)
        self.run_words("mr", "diff", "/expected", "/out")
        wire.mend()
        self.eventually("three trackers again", lambda: active() == 3)
        self.run_words("mr", "diff", "/expected", "/out")
        self.another_job_works()
        self.eventually("no directory of the job behind the wire", lambda: not list(own.glob("local/tasktracker/jobs/*")))
        tracker.send_signal(signal.SIGTERM)
        self.finish(tracker, 0, 30)


if __name__ == "__main__":
    unittest.main()
