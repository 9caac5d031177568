#!/usr/bin/env python3
"""The scripts of scripts/ where they can be tried without building: scripts_test.py ROOT."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
SCRIPTS = ("quickstart", "test", "lint", "format", "start-dfs.sh", "stop-dfs.sh", "start-mapred.sh",
           "stop-mapred.sh", "start-all.sh", "stop-all.sh", "mr-daemon.sh")


def run(arguments, **settings):
    return subprocess.run(arguments, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **settings)


class ScriptsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        shutil.copytree(ROOT / "scripts", self.root / "scripts")

    def with_stub(self, name, text):
        stubs = self.root / "stubs"
        stubs.mkdir(exist_ok=True)
        stub = stubs / name
        stub.write_text("#!/bin/sh\n" + text)
        stub.chmod(0o755)
        return {**os.environ, "PATH": f"{stubs}:{os.environ['PATH']}"}

    def step(self, body):
        script = self.root / "scripts" / "try"
        script.write_text('set -euo pipefail\nroot=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)\n'
                          'source "$root/scripts/lib.sh"\n' + body)
        return run(["bash", str(script)])

    def test_every_script_is_bash_and_can_be_run(self):
        for name in SCRIPTS:
            path = ROOT / "scripts" / name
            self.assertTrue(os.access(path, os.X_OK), name)
            self.assertEqual(run(["bash", "-n", str(path)]).returncode, 0, name)

    def test_no_install_names_what_is_missing_and_changes_nothing(self):
        # The stub knows every package but two.
        env = self.with_stub("dpkg-query", 'case "$*" in *cmake*|*libisal-dev*) exit 1;; esac\n'
                                           'printf "install ok installed"\n')
        self.with_stub("apt-get", f"touch {self.root}/installed\n")
        for name in ("quickstart", "test"):
            done = run([str(self.root / "scripts" / name), "--no-install"], env=env)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("missing packages: cmake libisal-dev.", done.stdout)
            self.assertNotIn("zlib1g-dev", done.stdout)
        self.assertFalse((self.root / "installed").exists())
        self.assertFalse((self.root / "build" / "release").exists())

    def test_installing_says_first_what_it_installs(self):
        env = self.with_stub("dpkg-query", 'case "$*" in *cmake*) exit 1;; esac\nprintf "install ok installed"\n')
        self.with_stub("apt-get", f'echo "$@" >>{self.root}/asked\n')
        self.with_stub("sudo", 'exec "$@"\n')
        done = run([str(self.root / "scripts" / "quickstart")], env=env)
        self.assertIn("Installing with apt-get: cmake\n", done.stdout)
        asked = (self.root / "asked").read_text().splitlines()
        self.assertEqual(asked, ["update", "install -y --no-install-recommends cmake"])
        # There is no tree to configure here, which must end the script, naming the step.
        self.assertEqual(done.returncode, 1)
        self.assertIn("FAILED", done.stdout)

    def test_an_unknown_argument_is_refused(self):
        for name, words in (("quickstart", ["--fast"]), ("test", ["--fast"]), ("test", ["--compat", "--fast"])):
            done = run([str(self.root / "scripts" / name), *words])
            self.assertEqual(done.returncode, 1)
            self.assertIn("--fast", done.stdout)

    def test_a_step_that_fails_in_the_middle_ends_the_script(self):
        done = self.step("work() { echo reason; false; echo later; }\nstep 'a piece of work' work\necho after\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("reason", done.stdout)
        self.assertNotIn("later", done.stdout)
        self.assertNotIn("after", done.stdout)

    def test_a_step_prints_one_line_with_its_time(self):
        done = self.step("step 'a piece of work' echo chatter\necho after\n")
        self.assertEqual(done.returncode, 0)
        first, second = done.stdout.splitlines()
        self.assertRegex(first, r"^a piece of work +\d+\.\d s$")
        self.assertEqual(second, "after")


if __name__ == "__main__":
    unittest.main()
