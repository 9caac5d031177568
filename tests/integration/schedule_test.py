"""Recurring jobs on a private cluster: kept, run by hand and by the clock, told on pages, alive over a kill -9."""

import json
import os
import pathlib
import shutil
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from own_cluster import OwnCluster  # noqa: E402

PREFIX = pathlib.Path(os.environ["MR_PREFIX"])
PLUGINS = pathlib.Path(os.environ["MR_PLUGINS"])
WORDS = "to be or not to be that is the question\n"


class ScheduleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="mr-schedule-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.cluster = OwnCluster(PREFIX, cls.dir, 1, ("dfs.replication=1",))
        cls.addClassCleanup(cls.cluster.down)
        cls.cluster.up()
        (cls.dir / "words").write_text(WORDS * 100, encoding="utf-8")
        for words in (("-mkdir", "-p", "/in"), ("-put", "words", "/in/words")):
            done = cls.cluster.run("dfs", *words)
            if done.returncode != 0:
                raise RuntimeError(done.stdout)

    def run_words(self, *words, status=0):
        done = self.cluster.run(*words)
        self.assertEqual(done.returncode, status, "%s\n%s" % (" ".join(map(str, words)), done.stdout))
        return done.stdout

    def schedule(self, *words, status=0):
        return self.run_words("mr", "schedule", *words, status=status)

    def add(self, name, *options, out, plugin="count", status=0, job=()):
        said = self.schedule("add", name, *options, PLUGINS / (plugin + ".so"), *job, "/in", out, status=status)
        if status == 0:
            self.addCleanup(self.cluster.run, "mr", "schedule", "rm", name)
        return said

    def shown(self, name):
        return json.loads(self.schedule("show", name, "--json"))

    def eventually(self, what, is_so, seconds=60):
        end = time.monotonic() + seconds
        while True:
            seen = is_so()
            if seen:
                return seen
            if time.monotonic() > end:
                self.fail("not within %d s: %s\n%s" % (seconds, what, self.cluster.run("mr", "schedule", "list", "--json").stdout))
            time.sleep(0.1)

    def url(self, path):
        port = json.loads((self.cluster.state / "run/jobtracker.ports").read_text(encoding="utf-8"))["http"]
        return "http://127.0.0.1:%d%s" % (port, path)

    def ask(self, path):
        with urllib.request.urlopen(self.url(path), timeout=20) as answer:
            return json.loads(answer.read())

    def post(self, path, **headers):
        request = urllib.request.Request(self.url(path), method="POST", data=b"", headers={"X-XSRF-HEADER": "test", **headers})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())

    def test_a_run_by_hand_needs_no_client_and_gives_the_bytes_of_mr_jar(self):
        said = self.add("nightly", "--cron", "30 2 * * *", "--zone", "Europe/Berlin", out="/counts/%Y/run-%i")
        self.assertRegex(said, r"Schedule: nightly\n(.*\n)*When: 30 2 \* \* \* in Europe/Berlin\nNext: \d\d-")
        self.run_words("mr", "jar", PLUGINS / "count.so", "/in", "/once")
        for number in (1, 2):
            said = self.schedule("run", "nightly", "--wait")
            self.assertRegex(said, r"Run %d of nightly: succeeded job_\d+_\d{4}\n" % number)
            out = "/counts/%s/run-%d" % (time.strftime("%Y"), number)
            self.run_words("mr", "diff", "/once", out)
        # Nothing but the output is left.
        self.run_words("dfs", "-test", "-e", out + "/_temporary", status=1)
        runs = self.shown("nightly")["runs"]
        self.assertEqual([(run["number"], run["state"], run["byHand"]) for run in runs],
                         [(1, "succeeded", True), (2, "succeeded", True)])
        self.assertIn(runs[1]["jobId"], self.run_words("mr", "job", "-list", "all"))
        self.assertRegex(self.schedule("list"), r"nightly\t\S+\t30 2 \* \* \*\tEurope/Berlin\t.*\tsucceeded job_")

    def test_the_clock_runs_it_until_it_is_disabled(self):
        self.add("often", "--cron", "@every 1s", "--overlap", "queue", "--history", "5", out="/often/%s-%i")
        first = self.eventually("two runs", lambda: [run for run in self.shown("often")["runs"] if run["state"] == "succeeded"][1:])
        self.schedule("disable", "often")
        self.eventually("quiet", lambda: all(run["state"] not in ("queued", "starting", "running") for run in self.shown("often")["runs"]))
        before = self.shown("often")
        self.assertNotIn("nextMs", before)
        self.assertLessEqual(len(before["runs"]), 5)
        self.assertGreater(before["runs"][-1]["number"], first[0]["number"] - 1)
        self.schedule("enable", "often")
        self.eventually("a further run", lambda: self.shown("often")["runs"][-1]["number"] > before["runs"][-1]["number"])

    def test_it_outlives_the_jobtracker(self):
        self.add("lasting", "--cron", "@yearly", "--overlap", "allow", out="/lasting/%i", plugin="faults", job=("sleeps",))
        self.schedule("run", "lasting")
        self.eventually("a job", lambda: self.shown("lasting")["runs"][0].get("jobId"))
        self.schedule("run", "lasting")  # may or may not have been submitted when it dies
        self.assertTrue(self.cluster.kill("jobtracker"))
        self.cluster.up()
        runs = self.eventually("both runs over", lambda: [run for run in self.shown("lasting")["runs"] if "endMs" in run][1:] and
                               self.shown("lasting")["runs"])
        self.assertEqual([(run["number"], run["state"]) for run in runs], [(1, "succeeded"), (2, "succeeded")], runs)
        for number in (1, 2):
            self.run_words("dfs", "-test", "-e", "/lasting/%d/_SUCCESS" % number)

    def test_a_run_that_cannot_be_planned_says_why_and_leaves_nothing(self):
        self.schedule("add", "missing", "--cron", "@daily", PLUGINS / "count.so", "/logs/%Y-%m-%d", "/missing/%i")
        self.addCleanup(self.cluster.run, "mr", "schedule", "rm", "missing")
        said = self.schedule("run", "missing", "--wait", status=1)
        self.assertRegex(said, r"refused.*Input path does not exist: hdfs://\S+/logs/\d{4}-\d\d-\d\d")
        self.run_words("dfs", "-test", "-e", "/missing/1", status=1)
        # The output of somebody else stays.
        self.add("taken", "--cron", "@daily", out="/taken/%i")
        self.run_words("dfs", "-mkdir", "-p", "/taken/1/mine")
        self.assertIn("already exists", self.schedule("run", "taken", "--wait", status=1))
        self.run_words("dfs", "-test", "-e", "/taken/1/mine")
        self.assertIn("succeeded", self.schedule("run", "taken", "--wait"))

    def test_a_run_that_hangs_holds_back_the_next_and_is_killed_by_policy(self):
        self.add("stuck", "--cron", "@yearly", "--overlap", "skip", out="/stuck/%i", plugin="faults", job=("stuck",))
        self.schedule("run", "stuck")
        job = self.eventually("a job that runs", lambda: self.shown("stuck")["runs"][0]["state"] == "running" and
                              self.shown("stuck")["runs"][0]["jobId"])
        self.assertRegex(self.schedule("run", "stuck", status=1), "has a run that is not over, %s" % job)
        self.run_words("mr", "job", "-kill", job)
        self.eventually("killed", lambda: self.shown("stuck")["runs"][0]["state"] == "killed")
        self.add("replaced", "--cron", "@yearly", "--overlap", "kill", out="/replaced/%i", plugin="faults", job=("stuck",))
        self.schedule("run", "replaced")
        self.eventually("a job that runs", lambda: self.shown("replaced")["runs"][0]["state"] == "running")
        self.schedule("run", "replaced")
        self.eventually("the first was killed", lambda: self.shown("replaced")["runs"][0]["state"] == "killed")
        second = self.eventually("the second runs", lambda: self.shown("replaced")["runs"][1]["state"] == "running" and
                                 self.shown("replaced")["runs"][1]["jobId"])
        self.run_words("mr", "job", "-kill", second)

    def test_the_pack_of_a_schedule_that_goes_under_a_running_run_goes_with_the_run(self):
        def packs():
            return [line.split()[-1] for line in self.cluster.run("dfs", "-ls", "/tmp/mapred/system/schedules").stdout.splitlines()
                    if "/schedules/" in line and not line.startswith("ls")]
        self.eventually("no schedule's pack is there", lambda: not packs())
        self.add("brief", "--cron", "@yearly", out="/brief/%i", plugin="faults", job=("stuck",))
        pack, = packs()
        self.schedule("run", "brief")
        job = self.eventually("a job that runs", lambda: self.shown("brief")["runs"][0]["state"] == "running" and
                              self.shown("brief")["runs"][0]["jobId"])
        self.schedule("rm", "brief")
        self.run_words("dfs", "-test", "-e", pack)
        # The jobtracker remembers it over its death.
        self.cluster.kill("jobtracker")
        self.cluster.up()
        self.run_words("dfs", "-test", "-e", pack)
        self.run_words("mr", "job", "-kill", job)
        self.eventually("the pack is gone", lambda: self.cluster.run("dfs", "-test", "-e", pack).returncode == 1)

    def test_what_makes_no_sense_is_refused_when_it_is_added(self):
        for options, out, pattern in (
                (("--cron", "61 * * * *"), "/x/%i", "minute field"),
                (("--cron", "0 0 30 2 *"), "/x/%i", "never comes"),
                (("--cron", "@daily", "--zone", "Mars/Olympus"), "/x/%i", "time zone"),
                (("--cron", "@daily"), "/x", "second would find it there"),
                (("--cron", "@daily"), "/x/%q", "%q"),
                (("--cron", "@daily", "--overlap", "maybe"), "/x/%i", "skip, queue, kill or allow"),
                (("--cron", "@daily", "--missed", "all:1000"), "/x/%i", "missed")):
            with self.subTest(pattern):
                self.assertIn(pattern, self.add("bad", *options, out=out, status=1))
        self.assertIn("--cron", self.add("bad", out="/x/%i", status=255))
        self.assertIn("did you mean --cron", self.add("bad", "--corn", "@daily", out="/x/%i", status=255))
        self.add("twice", "--cron", "@daily", out="/x/%i")
        self.assertIn("already", self.add("twice", "--cron", "@daily", out="/x/%i", status=1))
        self.assertIn("no schedule", self.schedule("rm", "nobody", status=1))
        self.assertIn("no schedule", self.schedule("show", "nobody", status=1))
        self.assertIn("unknown word", self.schedule("remove", "twice", status=255))
        self.assertIn("--overlap", self.run_words("mr", "help", "schedule"))

    def test_pages_and_json_tell_of_it_and_only_its_owner_changes_it(self):
        self.add("paged", "--cron", "0 4 * * MON-FRI", out="/paged/%i")
        found, = [one for one in self.ask("/api/schedules")["schedules"] if one["name"] == "paged"]
        self.assertEqual((found["cron"], found["zone"], found["enabled"], found["plugin"]),
                         ("0 4 * * MON-FRI", "UTC", True, "count.so"))
        self.assertGreater(found["nextMs"], time.time() * 1000)
        with urllib.request.urlopen(self.url("/schedules"), timeout=20) as page:
            self.assertIn(b"schedules.js", page.read())
        self.assertEqual(self.post("/api/schedules/paged/run")[0], 401)
        status, said = self.post("/api/schedules/paged/run?user.name=mallory")
        self.assertEqual(status, 403)
        self.assertIn("mallory", said["error"]["message"])
        self.assertEqual(self.post("/api/schedules/nobody/run?user.name=mallory")[0], 404)
        owner = found["owner"]
        self.assertEqual(self.post("/api/schedules/paged/run?user.name=" + owner), (200, {"number": 1}))
        self.eventually("it ran", lambda: self.ask("/api/schedules/paged")["runs"][0]["state"] == "succeeded")
        self.assertEqual(self.post("/api/schedules/paged/disable?user.name=" + owner), (200, {"done": True}))
        self.assertFalse(self.ask("/api/schedules/paged")["enabled"])
        self.assertEqual(self.post("/api/schedules/paged/remove?user.name=" + owner), (200, {"done": True}))
        self.assertNotIn("paged", self.schedule("list"))


if __name__ == "__main__":
    unittest.main()
