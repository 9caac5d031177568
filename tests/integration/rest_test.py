"""Jobs that come over HTTP: a plugin with its files, or a pack that is there already, become the job that `mr jar` makes of
them; what is wrong is said with a status; a client that died before it submitted holds nobody up."""

import contextlib
import getpass
import hashlib
import http.client
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
ME = getpass.getuser()


def form(*parts):
    """Content-Type and body of (name, file name or None, bytes)."""
    lines = []
    for name, file, content in parts:
        naming = '; filename="%s"' % file if file else ""
        lines += [b"--edge", ('Content-Disposition: form-data; name="%s"%s' % (name, naming)).encode(), b"",
                  content if isinstance(content, bytes) else json.dumps(content).encode()]
    return "multipart/form-data; boundary=edge", b"\r\n".join(lines + [b"--edge--", b""])


class RestTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="mr-rest-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.cluster = OwnCluster(PREFIX, cls.dir, 1, ("dfs.replication=1", "mr.jobtracker.http.submission.max=8m"))
        cls.addClassCleanup(cls.cluster.down)
        cls.cluster.up()
        (cls.dir / "words").write_text(WORDS * 100, encoding="utf-8")
        for words in (("dfs", "-mkdir", "-p", "/in"), ("dfs", "-put", "words", "/in/words"),
                      ("mr", "jar", PLUGINS / "count.so", "/in", "/expected")):
            done = cls.cluster.run(*words)
            if done.returncode != 0:
                raise RuntimeError(done.stdout)
        cls.count = (PLUGINS / "count.so").read_bytes()

    def run_words(self, *words, status=0):
        done = self.cluster.run(*words)
        self.assertEqual(done.returncode, status, "%s\n%s" % (" ".join(map(str, words)), done.stdout))
        return done.stdout

    def ask(self, path, body=None, kind="application/json", user=ME, headers=None):
        port = json.loads((self.cluster.state / "run/jobtracker.ports").read_text(encoding="utf-8"))["http"]
        url = "http://127.0.0.1:%d%s" % (port, path)
        if user and "?" not in path:
            url += "?user.name=" + user
        headers = {"X-XSRF-HEADER": "test", "Content-Type": kind} if headers is None else headers
        request = urllib.request.Request(url, data=body, headers=headers, method="GET" if body is None else "POST")
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                return answer.status, json.loads(answer.read()), answer.headers
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())["error"]["message"], refused.headers

    def submit(self, body, kind="application/json", **options):
        """The job's id, when it has ended well."""
        status, said, headers = self.ask("/api/jobs", body, kind, **options)
        self.assertEqual(status, 201, said)
        self.assertEqual(headers["Location"], "/api/jobs/" + said["jobId"])
        self.assertEqual(said["location"], headers["Location"])
        end = time.monotonic() + 60
        while time.monotonic() < end:
            state = self.ask(said["location"])[1]["status"]["state"]
            if state == "succeeded":
                return said["jobId"]
            self.assertIn(state, ("running", "waiting", "prep"))
            time.sleep(0.05)
        self.fail("the job did not end")

    def refused(self, status, pattern, body, kind="application/json", **options):
        got, said, _ = self.ask("/api/jobs", body, kind, **options)
        self.assertEqual(got, status, said)
        self.assertRegex(said, pattern)
        self.assertNotIn("/plans/", said)

    def status_of_an_announced_body(self, size):
        """What is too long is refused before it is sent."""
        port = json.loads((self.cluster.state / "run/jobtracker.ports").read_text(encoding="utf-8"))["http"]
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.putrequest("POST", "/api/jobs?user.name=" + ME)
            for name, value in (("X-XSRF-HEADER", "test"), ("Content-Type", "application/json"), ("Content-Length", str(size))):
                connection.putheader(name, value)
            connection.endheaders()
            return connection.getresponse().status

    def test_a_plugin_that_is_sent_gives_the_bytes_of_mr_jar_and_so_does_its_pack(self):
        kind, body = form(("job", None, {"jobName": "sent", "inputs": ["/in"], "output": "/sent",
                                         "config": {"mapreduce.job.reduces": 1}}),
                          ("conf", "c.xml", b"<configuration><property><name>my.own</name><value>1</value></property></configuration>"),
                          ("plugin", "count.so", self.count), ("file", "notes.txt", b"a side file"))
        job = self.submit(body, kind)
        self.run_words("mr", "diff", "/expected", "/sent")
        conf = self.ask("/api/jobs/%s/conf" % job)[1]
        self.assertEqual(conf["jobName"], "sent")
        self.assertIn({"name": "my.own", "value": "1"}, conf["config"])
        self.assertEqual(conf["user"], ME)
        self.assertNotIn("/plans/", json.dumps(conf))
        counters = json.dumps(self.ask("/api/jobs/%s/counters" % job)[1])
        self.assertIn("MAP_INPUT_RECORDS", counters)
        # And those of each attempt.
        attempts = [attempt for kind in ("whole", "map")
                    for task in self.ask("/api/jobs/%s/tasks?kind=%s" % (job, kind))[1]["tasks"]
                    for attempt in self.ask("/api/tasks/" + task["taskId"])[1]["attempts"]]
        self.assertIn("MAP_INPUT_RECORDS", json.dumps([attempt.get("counters") for attempt in attempts]))
        # The pack is there now, and its hash is that of what it holds.
        pack = conf["pack"]
        self.run_words("dfs", "-get", pack["path"], "pack")
        self.assertEqual(hashlib.sha256((self.dir / "pack").read_bytes()).hexdigest(), pack["sha256"])
        again = self.submit(json.dumps({"pack": pack["sha256"], "inputs": ["/in"], "output": "/by-pack"}).encode())
        self.run_words("mr", "diff", "/expected", "/by-pack")
        self.assertEqual(self.ask("/api/jobs/%s/conf" % again)[1]["pack"], pack)
        # Nothing of either stays at the jobtracker.
        self.assertEqual(list((self.cluster.state / "jobtracker/plans").iterdir()), [])
        history = self.ask("/ws/v1/history/mapreduce/jobs/" + again)[1]["job"]
        self.assertEqual(history["state"], "SUCCEEDED")

    def test_what_is_wrong_is_said_with_a_status_and_leaves_nothing(self):
        before = len(self.ask("/api/jobs")[1]["jobs"])
        job = {"inputs": ["/in"], "output": "/never"}
        plugin = ("plugin", "count.so", self.count)
        for status, pattern, parts in (
                (400, "no part \"job\"", [plugin]),
                (400, "no part \"plugin\"", [("job", None, job)]),
                (400, "unknown field \"ouput\"; did you mean output", [("job", None, {"ouput": "/x"}), plugin]),
                (400, "not an ELF|no ELF|ELF", [("job", None, job), ("plugin", "count.so", b"#!/bin/sh\n")]),
                (400, "needs a filename", [("job", None, job), ("plugin", "../.so", self.count)]),
                (400, "mapreduce.job.reduces", [("job", None, {**job, "config": {"mapreduce.job.reduces": "x"}}), plugin]),
                (400, "fs.defaultFS cannot be set", [("job", None, {**job, "config": {"fs.defaultFS": "file:///"}}), plugin]),
                (404, "no job|has no|nothing", [("job", None, {**job, "job": "nothing"}), plugin]),
                (404, "Input path does not exist: hdfs://", [("job", None, {**job, "inputs": ["/gone"]}), plugin]),
                (409, "already exists", [("job", None, {**job, "output": "/expected"}), plugin])):
            with self.subTest(pattern):
                kind, body = form(*parts)
                self.refused(status, pattern, body, kind)
        self.refused(400, "boundary", b"x", "multipart/form-data")
        self.refused(400, "cut off", form(("job", None, job))[1][:-12], form()[0])
        self.refused(400, "jobName", b"{}")
        self.refused(400, "JSON", b"garbage")
        self.refused(404, "no pack", json.dumps({"pack": "0" * 64, **job}).encode())
        kind, body = form(("job", None, job), plugin)
        self.refused(401, "user.name", body, kind, user="")
        self.refused(403, "X-XSRF-HEADER", body, kind, headers={"Content-Type": kind})
        kind, body = form(("job", None, {**job, "inputs": ["file:///etc/passwd"]}), plugin)
        self.refused(403, "local file of the jobtracker", body, kind, user="mallory")
        self.assertEqual(self.status_of_an_announced_body(9 << 20), 413)
        self.run_words("dfs", "-test", "-e", "/never", status=1)
        self.assertEqual(len(self.ask("/api/jobs")[1]["jobs"]), before)
        self.assertEqual(list((self.cluster.state / "jobtracker/plans").iterdir()), [])

    def test_a_client_that_died_before_it_submitted_holds_nobody_up(self):
        def leave(output, made, sender):
            self.run_words("dfs", "-mkdir", "-p", output + "/_temporary/0")
            for name in (".claim", ".claimant.job_1700000000000_0001.%d.sender.%s" % (made, sender)):
                self.run_words("dfs", "-touchz", output + "/_temporary/" + name)
        port = json.loads((self.cluster.state / "run/jobtracker.ports").read_text(encoding="utf-8"))["rpc"]
        sender = "%s@127.0.0.1_%d" % (ME, port)
        leave("/left", 1700000000000, sender)
        self.run_words("mr", "jar", PLUGINS / "count.so", "/in", "/left")
        self.run_words("mr", "diff", "/expected", "/left")
        self.run_words("dfs", "-test", "-e", "/left/_temporary", status=1)
        # One that has only just claimed may be about to submit; of a client of another jobtracker nothing is known.
        leave("/fresh", int(time.time() * 1000) + 3600_000, sender)
        leave("/foreign", 1700000000000, ME + "@far_1")
        for output in ("/fresh", "/foreign"):
            said = self.run_words("mr", "jar", PLUGINS / "count.so", "/in", output, status=1)
            self.assertIn("already exists: another job is writing to it, job_1700000000000_0001", said)


if __name__ == "__main__":
    unittest.main()
