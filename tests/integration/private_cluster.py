"""A private cluster for one test: real daemons on ports of their own choosing, in a directory that is removed."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

PREFIX = pathlib.Path(os.environ["MR_PREFIX"])


class PrivateClusterTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="mr-admin-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith(("HADOOP_", "MR_", "XDG_"))}
        self.env.update(XDG_DATA_HOME=str(self.dir / "data"), HOME=str(self.dir),
                        PATH="%s:%s" % (PREFIX / "bin", self.env["PATH"]))

    def run_words(self, *words, status=0, stdin=None, env=None):
        """Runs a command; returns what it printed to both, as text."""
        done = subprocess.run([str(word) for word in words], env=env or self.env, cwd=self.dir, input=stdin, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
        self.assertEqual(done.returncode, status, (words, done.stdout, done.stderr))
        return done.stdout + done.stderr

    def up(self, *words):
        self.addCleanup(self.run_words, "mr", "down")
        # These cases are about the file system.
        self.run_words("mr", "up", "--no-mapred", *words)

    def restart(self, *words):
        self.run_words("mr", "down")
        self.run_words("mr", "up", *words)

    def cluster(self):
        return self.dir / "data/mr/clusters/default"

    def ports(self, daemon):
        return json.loads((self.cluster() / "run" / (daemon + ".ports")).read_text(encoding="utf-8"))

    def process(self, daemon):
        file = self.cluster() / "run" / (daemon + ".pid")
        return int(file.read_text(encoding="utf-8").split()[0]) if file.exists() else None

    def eventually(self, what, is_so, seconds=60):
        end = time.monotonic() + seconds
        while True:
            seen = is_so()
            if seen:
                return seen
            if time.monotonic() > end:
                self.fail("not within %d s: %s" % (seconds, what))
            time.sleep(0.1)
