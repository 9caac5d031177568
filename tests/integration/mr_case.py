"""What the tests of the command line share: an installed prefix, a directory per case, a way to run `mr`.

The environment names MR_PREFIX (an installation) and MR_PLUGINS (the plugins of this folder, compiled by `mr compile`).
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

PREFIX = pathlib.Path(os.environ["MR_PREFIX"])
PLUGINS = pathlib.Path(os.environ["MR_PLUGINS"])
MR = str(PREFIX / "bin" / "mr")

# Statuses that `mr jar` promises.
OK, FAILED, CANNOT_START = 0, 1, 255


class Outcome:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return "status %s\n--- stdout\n%s\n--- stderr\n%s" % (self.status, self.out, self.err)


class MrCase(unittest.TestCase):
    """A case runs in an empty directory and leaves nothing of the job behind, which is checked at its end."""

    maxDiff = None

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="mr-test-"))
        self.local = self.dir / "local"  # where jobs spill
        self.local.mkdir()
        (self.dir / "home").mkdir()
        self.addCleanup(shutil.rmtree, self.dir, True)

    def environment(self, **more):
        environment = {
            "PATH": "%s/bin:%s" % (PREFIX, os.environ["PATH"]),
            "HOME": str(self.dir / "home"),
            "TERM": "dumb",
            "LC_ALL": "C",
        }
        environment.update(more)
        return environment

    def mr(self, *words, timeout=60, env=None, user=None):
        done = subprocess.run(
            [MR, *map(str, words)], cwd=self.dir, env=self.environment(**(env or {})), user=user,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
        return Outcome(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))

    def ordinary_user(self):
        """For what root may always do: None when we are somebody else, else the number of a user who may run `mr`."""
        if os.geteuid() != 0:
            return None
        nobody = 65534
        for path in (self.dir, self.local):
            path.chmod(0o777)
        for path in (MR, self.plugin("count")):
            if subprocess.run(["test", "-r", path], user=nobody).returncode != 0:
                self.skipTest("only root can read %s" % path)
        return nobody

    def plugin(self, name):
        return PLUGINS / (name + ".so")

    def jar(self, plugin, *words, **options):
        """Runs a job with its spill directory inside the case."""
        return self.mr("jar", self.plugin(plugin), "-D", "mapreduce.cluster.local.dir=%s" % self.local, *words, **options)

    def start(self, *words):
        """A running `mr`, for cases that interrupt it."""
        process = subprocess.Popen(
            [MR, *map(str, words)], cwd=self.dir, env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def eventually(self, condition, what, seconds=20):
        limit = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > limit:
                self.fail("waited %s s for: %s" % (seconds, what))
            time.sleep(0.02)

    def write(self, name, content):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def parts(self, out="out"):
        """The output's part files, joined in order."""
        files = sorted((self.dir / out).glob("part-*"))
        self.assertTrue(files, "no part files in %s" % out)
        return b"".join(file.read_bytes() for file in files)

    def assert_status(self, outcome, status):
        self.assertEqual(outcome.status, status, repr(outcome))

    def assert_says(self, outcome, *patterns):
        for pattern in patterns:
            self.assertRegex(outcome.err, re.compile(pattern, re.I), repr(outcome))

    def assert_clean(self, out="out"):
        """Nothing that looks like a result, nothing temporary."""
        directory = self.dir / out
        left = [str(p.relative_to(self.dir)) for p in directory.rglob("*")] if directory.is_dir() else []
        self.assertEqual(left, [], "left in the output directory")
        self.assertFalse(directory.exists(), "the output directory itself is left, so the next run is refused")
        self.assert_local_clean()

    def assert_local_clean(self):
        left = [str(p) for p in self.local.rglob("*") if not p.is_dir()]
        self.assertEqual(left, [], "left in the local directory")

    def refused(self, outcome, *patterns, status=FAILED, out="out"):
        self.assert_status(outcome, status)
        self.assert_says(outcome, *patterns)
        self.assert_clean(out)


__all__ = ["MrCase", "Outcome", "PREFIX", "PLUGINS", "MR", "OK", "FAILED", "CANNOT_START", "signal", "subprocess"]
