"""Jobs on a private cluster from outside: the bytes of every example are those of an embedded run, failures are told, an
interrupt kills, daemons die under running jobs. Real daemons on ports of their own choosing."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from example_runs import EXAMPLE_RUNS  # noqa: E402
from own_cluster import OwnCluster  # noqa: E402

PREFIX = pathlib.Path(os.environ["MR_PREFIX"])
PLUGINS = pathlib.Path(os.environ["MR_PLUGINS"])
EXAMPLES = next((folder for folder in (PREFIX / "lib/mr/examples", ROOT / "build/dist/lib/mr/examples")
                 if (folder / "wordcount.so").exists()), None)
INPUTS = ROOT / "examples"


class JobsCase(unittest.TestCase):
    """A cluster for each case, so that one may kill what it likes."""

    datanodes = 2
    settings = ("mapreduce.jobtracker.expire.trackers.interval=2000", "dfs.replication=1")

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="mr-jobs-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.cluster = OwnCluster(PREFIX, self.dir, self.datanodes, self.settings)
        self.addCleanup(self.keep_logs)
        self.addCleanup(self.cluster.down)
        self.cluster.up()

    def keep_logs(self):
        """Of a case that failed, where the caller wants them."""
        kept = os.environ.get("MR_KEEP_LOGS")
        if kept and any(error for _, error in getattr(self._outcome, "errors", [])):
            shutil.copytree(self.cluster.state / "logs", pathlib.Path(kept) / self.id(), dirs_exist_ok=True)

    def run_words(self, *words, status=0):
        done = self.cluster.run(*words)
        self.assertEqual(done.returncode, status, "%s\n%s" % (" ".join(map(str, words)), done.stdout))
        return done.stdout

    def jar(self, plugin, *words, status=0):
        return self.run_words("mr", "jar", PLUGINS / (plugin + ".so"), *words, status=status)

    def start(self, *words):
        process = subprocess.Popen([str(word) for word in words], env=self.cluster.env, cwd=self.dir, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def finish(self, process, status=0, seconds=100):
        said, _ = process.communicate(timeout=seconds)
        self.assertEqual(process.returncode, status, said)
        return said

    def eventually(self, what, is_so, seconds=40):
        end = time.monotonic() + seconds
        while True:
            seen = is_so()
            if seen:
                return seen
            if time.monotonic() > end:
                self.fail("not within %d s: %s\n%s" % (seconds, what, self.cluster.run("mr", "job", "-list", "all").stdout))
            time.sleep(0.05)

    def put_text(self, path, text):
        (self.dir / "text").write_text(text, encoding="utf-8")
        self.run_words("dfs", "-mkdir", "-p", os.path.dirname(path))
        self.run_words("dfs", "-put", "-f", self.dir / "text", path)

    def put_words(self, path, lines, files=1):
        (self.dir / "words").write_text("to be or not to be that is the question\n" * lines, encoding="utf-8")
        self.run_words("dfs", "-mkdir", "-p", path)
        for number in range(files):
            self.run_words("dfs", "-put", self.dir / "words", "%s/%d" % (path, number))

    def absent(self, path):
        self.run_words("dfs", "-test", "-e", path, status=1)

    def jobs(self, *words):
        return re.findall(r"(job_\d+_\d+)\t", self.run_words("mr", "job", "-list", *words))

    def processes(self, name):
        """Numbers of processes of this cluster whose command line has the word."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                here = str(self.dir).encode() in (entry / "environ").read_bytes()
            except OSError:
                continue
            if here and any(name.encode() in word for word in words[:1]):
                found.append(int(entry.name))
        return found


class SameBytes(JobsCase):
    @unittest.skipIf(EXAMPLES is None, "no examples are built")
    def test_every_example_gives_the_bytes_of_an_embedded_run(self):
        for name, (words, settings) in EXAMPLE_RUNS.items():
            with self.subTest(name):
                self.run_words("dfs", "-mkdir", "-p", "/in")
                self.run_words("dfs", "-put", "-f", INPUTS / name / "input", "/in/" + name)
                options = [word for setting in settings for word in ("-D", setting)]
                for place, out in ((["--embedded"], "/embedded/"), ([], "/cluster/")):
                    self.run_words("dfs", "-mkdir", "-p", out)
                    plain = [word.replace("IN/", "/in/%s/" % name).replace("OUT", out + name) for word in words]
                    self.run_words("mr", "jar", EXAMPLES / (name + ".so"), *place, *options, *plain)
                self.run_words("mr", "diff", "/embedded/" + name, "/cluster/" + name)

    @unittest.skipIf(EXAMPLES is None, "no examples are built")
    def test_sorting_a_made_input_over_the_cluster(self):
        self.run_words("mr", "jar", EXAMPLES / "teragen.so", "20k", "/tera-in")
        for place, out in ((["--embedded"], "/tera-embedded"), ([], "/tera-cluster")):
            self.run_words("mr", "jar", EXAMPLES / "terasort.so", *place, "-D", "mapreduce.job.reduces=3", "/tera-in", out)
        self.run_words("mr", "diff", "/tera-embedded", "/tera-cluster")
        self.run_words("mr", "jar", EXAMPLES / "teravalidate.so", "/tera-cluster", "/tera-report")

    @unittest.skipIf(EXAMPLES is None, "no examples are built")
    def test_a_driver_runs_its_rounds_on_the_cluster(self):
        said = self.run_words("mr", "jar", EXAMPLES / "pi.so", "4", "1000")
        self.assertRegex(said, r"3\.1\d")
        self.assertGreaterEqual(len(self.jobs("all")), 1)


class OneTracker(SameBytes):
    datanodes = 1


@unittest.skipUnless(os.environ.get("MR_LONG_TESTS"), "only with MR_LONG_TESTS=1")
class FourTrackers(SameBytes):
    datanodes = 4


class Telling(JobsCase):
    def test_a_job_prints_what_the_client_of_hadoop_prints(self):
        self.put_words("/in", 1000)
        said = self.jar("count", "/in", "/out")
        for line in (r"input.FileInputFormat: Total input files to process : 1\n", r"mapreduce.JobSubmitter: number of splits:\d+\n",
                     r"mapreduce.Job: The url to track the job: http://127.0.0.1:\d+/\S+\n", r"mapreduce.Job: Running job: job_\d+_\d{4}\n",
                     r"mapreduce.Job:  map 100% reduce 100%\n", r"mapreduce.Job: Job job_\d+_\d{4} completed successfully\n",
                     r"mapreduce.Job: Counters: \d+\n", r"\t\tMap input records=1000\n"):
            self.assertRegex(said, line)
        self.assertEqual(self.run_words("dfs", "-cat", "/out/part-r-00000").split()[:2], ["be", "2000"])
        job = re.search(r"Running job: (\S+)", said)[1]
        self.assertIn("Job state: SUCCEEDED", self.run_words("mapred", "job", "-status", job))
        self.assertEqual(self.run_words("mapred", "job", "-counter", job, "org.apache.hadoop.mapreduce.TaskCounter",
                                        "MAP_INPUT_RECORDS"), "1000\n")
        self.assertIn("SUCCEEDED", self.run_words("hadoop", "job", "-list", "all"))
        self.assertRegex(self.run_words("mr", "job", "-events", job, "1", "10"), r"\nSUCCEEDED attempt_\d+_\d{4}_")
        self.run_words("mr", "job", "-config", job, "job.xml")
        self.assertIn("<configuration>", (self.dir / "job.xml").read_text(encoding="utf-8"))
        told = self.run_words("mr", "job", "-history", "all", job)
        self.assertIn("Hadoop job: " + job, told)
        # The file that stays tells the same.
        kept = "/tmp/mapred/history/%s.jsonl" % job
        self.eventually("a file of the history", lambda: self.cluster.run("dfs", "-test", "-e", kept).returncode == 0)
        self.assertEqual(self.run_words("mr", "job", "-history", "all", kept), told)
        # So do the logs on the pages of the daemons.
        for daemon, words in (("jobtracker", job), ("tasktracker-1", "tasktracker")):
            port = json.loads((self.cluster.state / ("run/%s.ports" % daemon)).read_text(encoding="utf-8"))["http"]
            address = "http://127.0.0.1:%d/logs/" % port
            with urllib.request.urlopen(address, timeout=30) as listing:
                name = re.search(r'<a href="/logs/([^"?/]+)\?tail=65536">', listing.read().decode())[1]
            with urllib.request.urlopen(address + name, timeout=30) as log:
                self.assertIn(words, log.read().decode())
        self.assertEqual(len(self.run_words("mr", "job", "-list-active-trackers").split()), self.datanodes)
        self.assertIn("Queue Name : default", self.run_words("mapred", "queue", "-list"))
        self.assertIn("Could not find job job_1_0042", self.run_words("mr", "job", "-status", "job_1_0042", status=255))

    def test_what_can_be_refused_is_refused_at_once(self):
        self.put_words("/in", 10)
        self.assertIn("Input path does not exist", self.jar("count", "/nothing", "/out", status=1))
        self.absent("/out")
        self.jar("count", "/in", "/out")
        self.assertIn("already exists", self.jar("count", "/in", "/out", status=1))
        self.run_words("dfs", "-test", "-e", "/out/_SUCCESS")
        self.assertIn("File gone does not exist", self.jar("count", "-files", "gone", "/in", "/out2", status=255))
        self.assertEqual(len(self.jobs("all")), 1)

    def test_a_failing_plugin_is_told_with_its_record_and_leaves_nothing(self):
        self.put_text("/in/f", "good\n" * 10 + "bad\ngood\n")
        for fault, pattern in (("throws", r"(?s)Task Id : attempt_\S+, Status : FAILED\nError: .*the barrel is empty"),
                               ("segv", r"(?si)crash|SIGSEGV|segmentation"), ("exits", r"(?s)exit")):
            with self.subTest(fault):
                said = self.jar("faults", fault, "/in", "/out-" + fault, status=1)
                self.assertRegex(said, pattern)
                job = re.search(r"Running job: (\S+)", said)[1]
                self.assertIn("failed with state FAILED", said)
                self.assertRegex(self.run_words("mr", "why", job), r"\n1\. .*attempt")
                self.absent("/out-" + fault)

    def test_what_attempts_print_comes_from_their_trackers(self):
        self.put_text("/in/f", "good\nbad\n")
        for whole in ("true", "false"):
            with self.subTest(whole):
                said = self.jar("faults", "prints", "-D", "mapreduce.job.ubertask.enable=" + whole, "/in", "/out-" + whole)
                job = re.search(r"Running job: (\S+)", said)[1]
                logs = self.run_words("mr", "logs", job)
                self.assertRegex(logs, r"===== attempt_\S+ SUCCEEDED on tracker_\S+: stderr\na bad line was seen\n")
                self.assertIn("and told on stdout\n", self.run_words("mapred", "job", "-logs", job))
                attempt = re.search(r"(attempt_\S+) SUCCEEDED", logs)[1]
                self.assertIn("a bad line", self.run_words("mr", "logs", attempt, "-f"))
        self.assertIn("no id of", self.run_words("mr", "logs", "x", status=255))
        self.assertIn("Could not find", self.run_words("mr", "logs", job + "9", status=255))

    def test_two_jobs_at_once_and_two_to_one_output(self):
        self.put_words("/in", 20_000, files=2)
        first = self.start("mr", "jar", PLUGINS / "count.so", "/in", "/first")
        second = self.start("mr", "jar", PLUGINS / "count.so", "/in", "/second")
        self.finish(first)
        self.finish(second)
        self.run_words("mr", "diff", "/first", "/second")
        for race in range(6):
            output = "/one-%d" % race
            racers = [self.start("mr", "jar", PLUGINS / "count.so", "/in", output) for _ in range(3)]
            refusals = sum(racer.communicate(timeout=100)[0].count("already exists") for racer in racers)
            self.assertEqual((refusals, sorted(racer.returncode for racer in racers)), (2, [0, 1, 1]))
            self.run_words("mr", "diff", "/first", output)


class Interrupting(JobsCase):
    def slow(self, *options):
        """A job that hangs in its first map until it is ended."""
        self.put_words("/in", 10)
        process = self.start("mr", "jar", *options, PLUGINS / "faults.so", "stuck", "/in", "/out")
        self.eventually("a running attempt", lambda: self.processes("mr-worker"))
        return process

    def test_an_interrupt_kills_the_job(self):
        process = self.slow()
        process.send_signal(signal.SIGINT)
        said = self.finish(process, 130, 20)
        self.assertRegex(said, r"(was killed by|is being killed because of) an interrupt \(SIGINT\)")
        self.eventually("no output", lambda: self.cluster.run("dfs", "-test", "-e", "/out").returncode == 1)
        self.eventually("no attempt", lambda: not self.jobs())
        self.assertIn("KILLED", self.run_words("mr", "job", "-list", "all"))

    def test_a_detached_job_goes_on_and_can_be_killed_later(self):
        process = self.slow("--detach")
        process.send_signal(signal.SIGINT)
        self.assertIn("goes on", self.finish(process, 130, 20))
        job, = self.jobs()
        self.assertEqual(self.run_words("mapred", "job", "-kill", job), "Killed job %s\n" % job)
        self.eventually("no output", lambda: self.cluster.run("dfs", "-test", "-e", "/out").returncode == 1)


class Dying(JobsCase):
    settings = JobsCase.settings + ("mapreduce.job.ubertask.enable=false",)

    def long_job(self):
        """A job of some seconds, with what it must give at /expected."""
        self.put_words("/in", 400, files=8)
        options = ("-D", "mapreduce.job.reduces=2", "-D", "mr.input.combine=false")
        self.jar("faults", "sleeps", "--embedded", *options, "/in", "/expected")
        return self.start("mr", "jar", PLUGINS / "faults.so", "sleeps", *options, "/in", "/out")

    def running(self):
        return self.eventually("a job that runs", self.jobs)

    def heal_and_check(self, process):
        self.cluster.up()
        self.finish(process)
        self.run_words("mr", "diff", "/expected", "/out")

    def test_a_tracker_dies_under_a_job(self):
        process = self.long_job()
        self.running()
        self.assertTrue(self.cluster.kill("tasktracker-1"))
        self.finish(process)
        self.run_words("mr", "diff", "/expected", "/out")

    def test_a_worker_dies_under_a_job(self):
        process = self.long_job()
        workers = self.eventually("workers", lambda: self.processes("mr-worker"))
        for worker in workers[:1]:
            try:
                os.kill(worker, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it was done
        self.heal_and_check(process)

    def test_the_jobtracker_dies_under_a_job(self):
        process = self.long_job()
        self.running()
        self.assertTrue(self.cluster.kill("jobtracker"))
        self.heal_and_check(process)


class Restarting(JobsCase):
    # The namenode takes no changes for a while after it has started.
    settings = JobsCase.settings + ("dfs.namenode.safemode.extension=4000",)

    def test_jobs_wait_for_a_namenode_that_starts_and_other_commands_are_told(self):
        self.put_words("/in", 10)
        self.jar("count", "/in", "/expected")
        self.assertTrue(self.cluster.kill("namenode"))
        said = self.jar("count", "-D", "dfs.client.namenode.patience=4s", "/in", "/out", status=1)
        self.assertRegex(said, r"WARN ipc.Client: waiting for the namenode: connect to \S+: Connection refused")
        starting = self.start(*self.cluster.words)
        refused = lambda: "safe mode" in self.cluster.run("dfs", "-mkdir", "/d").stdout  # noqa: E731
        self.eventually("a namenode in safe mode", refused)
        for number, uber in enumerate(("true", "false")):
            self.jar("count", "-D", "mapreduce.job.ubertask.enable=" + uber, "/in", "/out-%d" % number)
            self.run_words("mr", "diff", "/expected", "/out-%d" % number)
        self.finish(starting)

    def test_safe_mode_by_hand_is_told_at_once(self):
        self.put_words("/in", 10)
        self.run_words("hdfs", "dfsadmin", "-safemode", "enter")
        began = time.monotonic()
        self.assertIn("safe mode", self.jar("count", "/in", "/out", status=1))
        self.assertLess(time.monotonic() - began, 60)


class UpAndDown(JobsCase):
    def test_daemons_of_mapreduce_come_and_go_with_the_cluster(self):
        names = ["datanode-1", "datanode-2", "jobtracker", "namenode", "tasktracker-1", "tasktracker-2"]
        self.assertEqual(self.cluster.daemons(), names)
        site = (self.cluster.state / "conf/mapred-site.xml").read_text(encoding="utf-8")
        port = json.loads((self.cluster.state / "run/jobtracker.ports").read_text(encoding="utf-8"))["rpc"]
        self.assertIn("<value>127.0.0.1:%d</value>" % port, site)
        self.cluster.kill("tasktracker-2")
        self.cluster.kill("jobtracker")
        self.run_words("mr", "status", status=1)
        self.cluster.up()
        self.assertEqual(self.cluster.daemons(), names)
        self.assertIn("tasktracker-2", self.run_words("mr", "status"))
        self.run_words("mr", "down")
        self.assertEqual(self.cluster.daemons(), [])
        self.assertEqual(self.processes("mr-worker"), [])
        self.assertNotIn("--mapred", self.run_words("mr", "up", "--no-mapred"))
        self.assertEqual(self.cluster.daemons(), ["datanode-1", "datanode-2", "namenode"])
        self.put_words("/in", 10)
        self.assertIn("runs in this process", self.jar("count", "/in", "/out"))
        # That it stays so is said, and how to change it.
        self.assertIn("No jobtracker and no tasktrackers: an earlier --no-mapred holds. mr up --mapred starts them.",
                      self.run_words("mr", "up"))
        self.assertEqual(self.cluster.daemons(), ["datanode-1", "datanode-2", "namenode"])
        self.assertNotIn("No jobtracker", self.run_words("mr", "up", "--mapred"))
        self.assertEqual(self.cluster.daemons(), names)


if __name__ == "__main__":
    unittest.main()
