"""The commands around jobs: help, version, env, completion, new, compile, diff, report, and what a run prints."""

import json
import os
import pty
import shutil
import unittest

from mr_case import *


class Little(MrCase):
    def test_without_words_lists_the_commands(self):
        outcome = self.mr()
        self.assert_status(outcome, OK)
        for command in ("jar", "new", "compile", "diff", "env", "completion", "version", "help"):
            self.assertRegex(outcome.out, r"(?m)^  %s +\S" % command)
            self.assert_status(self.mr("help", command), OK)
            self.assertEqual(self.mr(command, "--help").out, self.mr("help", command).out)

    def test_version_begins_with_name_and_number(self):
        self.assertRegex(self.mr("version").out, r"\Amr \d+\.\d+\.\d+\n")

    def test_env_gives_flags_that_compile_a_plugin(self):
        shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "plugins", "count.cc"), self.dir)
        subprocess.run(["bash", "-c", 'eval "$(mr env)" && c++ $MR_CXXFLAGS $MR_LDFLAGS count.cc -o mine.so'],
                       cwd=self.dir, env=self.environment(), check=True)
        self.write("in", "a\n")
        self.assert_status(self.mr("jar", "mine.so", "in", "out"), OK)

    def test_completion_scripts_are_well_formed_and_offer_commands(self):
        script = self.mr("completion", "bash").out
        done = subprocess.run(
            ["bash", "-c", script + '\nCOMP_WORDS=(mr comp) COMP_CWORD=1; _mr; echo "${COMPREPLY[@]}"'],
            env=self.environment(), capture_output=True, text=True)
        self.assertEqual(done.stdout.split(), ["compile", "completion"], done.stderr)
        self.assertIn("#compdef mr", self.mr("completion", "zsh").out)
        self.assert_status(self.mr("completion", "tcsh"), CANNOT_START)


class New(MrCase):
    def test_folder_builds_and_passes_its_tests(self):
        self.assert_status(self.mr("new", "letters"), OK)
        for words in (["cmake", "-S", "letters", "-B", "b", "-DCMAKE_PREFIX_PATH=%s" % PREFIX], ["cmake", "--build", "b"],
                      ["ctest", "--test-dir", "b", "--output-on-failure", "--no-tests=error"]):
            done = subprocess.run(words, cwd=self.dir, env=self.environment(), capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_existing_folder_is_left_alone(self):
        self.write("mine/x", "keep")
        outcome = self.mr("new", "mine")
        self.assert_status(outcome, FAILED)
        self.assert_says(outcome, "mine exists")
        self.assertEqual([p.name for p in (self.dir / "mine").iterdir()], ["x"])

    def test_names_that_are_no_identifiers(self):
        for name in ("9lives", "a-b", "../x", "", "class", "test"):
            with self.subTest(name=name):
                self.assert_status(self.mr("new", name), CANNOT_START)


class Compile(MrCase):
    def test_error_in_the_source_keeps_the_old_plugin(self):
        self.write("x.cc", "no c++")
        self.write("x.so", "old")
        outcome = self.mr("compile", "x.cc")
        self.assert_status(outcome, FAILED)
        self.assert_says(outcome, r"x\.cc")
        self.assertEqual((self.dir / "x.so").read_text(), "old")
        self.assertEqual(sorted(p.name for p in self.dir.glob("x*")), ["x.cc", "x.so"])

    def test_source_without_a_job_is_no_plugin(self):
        self.write("x.cc", "int x;")
        outcome = self.mr("compile", "x.cc", "-o", "y.so")
        self.assert_status(outcome, FAILED)
        self.assert_says(outcome, r"y\.so.*no plugin")
        self.assertEqual(list(self.dir.glob("y.so*")), [])

    def test_missing_source_and_compiler(self):
        self.assert_status(self.mr("compile", "nosuch.cc"), CANNOT_START)
        self.write("x.cc", "")
        outcome = self.mr("compile", "x.cc", env={"CXX": "nosuchcompiler"})
        self.assert_status(outcome, CANNOT_START)
        self.assert_says(outcome, "nosuchcompiler")

    def test_extra_flags_reach_the_compiler(self):
        self.write("x.cc", "#ifndef WANTED\n#error unwanted\n#endif\n")
        outcome = self.mr("compile", "x.cc", "--", "-DWANTED")
        self.assertNotIn("unwanted", outcome.err)


class Diff(MrCase):
    def setUp(self):
        super().setUp()
        self.write("in", "a b c\na b\n")
        self.write("in2", "a b c\na x\n")
        for name, source in (("one", "in"), ("same", "in"), ("other", "in2")):
            self.assert_status(self.jar("count", source, name), OK)

    def test_same(self):
        outcome = self.mr("diff", "one", "same")
        self.assert_status(outcome, OK)
        self.assertIn("manifest", outcome.out)
        self.assert_status(self.mr("diff", "--bytes", "one", "same"), OK)

    def test_different_names_part_and_record(self):
        for words in (["one", "other"], ["one", "other", "--bytes"]):
            outcome = self.mr("diff", *words)
            self.assert_status(outcome, FAILED)
            self.assertIn("part-r-00000", outcome.out)
            self.assertRegex(outcome.out, r"record 2\n< b\\t2\n> b\\t1")

    def test_missing_and_extra_parts(self):
        (self.dir / "same" / "part-r-00000").rename(self.dir / "same" / "part-r-00007")
        outcome = self.mr("diff", "one", "same")
        self.assert_status(outcome, FAILED)
        self.assertIn("same has no part-r-00000", outcome.out)
        self.assertIn("one has no part-r-00007", outcome.out)

    def test_incomplete_output_is_named(self):
        (self.dir / "same" / "_SUCCESS").unlink()
        outcome = self.mr("diff", "one", "same")
        self.assert_status(outcome, FAILED)
        self.assertRegex(outcome.out, "same is incomplete.*_SUCCESS")

    def test_without_manifests_bytes_are_compared(self):
        for name in ("one", "same", "other"):
            (self.dir / name / "_SUCCESS").write_bytes(b"")
        outcome = self.mr("diff", "one", "same")
        self.assert_status(outcome, OK)
        self.assertIn("no manifest", outcome.out)
        self.assert_status(self.mr("diff", "one", "other"), FAILED)

    def test_file_changed_after_its_job(self):
        self.write("same/part-r-00000", "a\t2\n")
        outcome = self.mr("diff", "one", "same")
        self.assert_status(outcome, FAILED)
        self.assertIn("changed after the job", outcome.out)

    def test_trouble(self):
        self.assert_status(self.mr("diff", "one", "nosuch"), CANNOT_START)
        self.assert_status(self.mr("diff", "one"), CANNOT_START)
        self.write("same/_SUCCESS", "{ torn")
        self.assert_status(self.mr("diff", "one", "same"), CANNOT_START)


class Printed(MrCase):
    def setUp(self):
        super().setUp()
        self.write("in", "a b c\na b\n")

    def test_lines_of_a_run(self):
        outcome = self.jar("count", "in", "out")
        self.assert_status(outcome, OK)
        self.assertEqual(outcome.out, "")
        stamp = r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO "
        for line in (r"input\.FileInputFormat: Total input files to process : 1$",
                     r"mapreduce\.JobSubmitter: number of splits:1$",
                     r"mapreduce\.Job: Running job: job_local\d+_0001$",
                     r"mapreduce\.Job:  map 100% reduce 100%$",
                     r"mapreduce\.Job: Job job_local\d+_0001 completed successfully$",
                     r"mapreduce\.Job: Counters: \d+$"):
            self.assertRegex(outcome.err, stamp + line)
        for line in ("\tMap-Reduce Framework\n", "\t\tMap input records=2\n", "\t\tReduce output records=3\n"):
            self.assertIn(line, outcome.err)
        self.assertRegex(outcome.err, r'r=2\.500, .*q=\d+ pairs')
        self.assertNotIn("\r", outcome.err)

    def test_quiet_prints_nothing_but_errors(self):
        self.assertEqual(self.jar("count", "--quiet", "in", "out").err, "")
        self.assert_says(self.jar("count", "--quiet", "in", "out"), r"\Amr jar: .*exists[^\n]*\n\Z")

    def test_report(self):
        self.assert_status(self.jar("count", "--report", "r.json", "in", "out"), OK)
        report = json.loads((self.dir / "r.json").read_text())
        self.assertEqual((report["status"], report["exit_status"]), ("SUCCEEDED", 0))
        self.assertEqual(
            report["counters"]["org.apache.hadoop.mapreduce.TaskCounter"]["MAP_INPUT_RECORDS"], 2)
        self.assertIn("map_seconds", report["phases"])
        self.assertIsInstance(report["ledger"], dict)

    def test_report_of_a_failed_job(self):
        self.write("bad", "bad\n")
        self.assert_status(self.jar("faults", "throws", "--report", "r.json", "bad", "out"), FAILED)
        report = json.loads((self.dir / "r.json").read_text())
        self.assertEqual((report["status"], report["exit_status"]), ("FAILED", 1))
        self.assertIn("the barrel is empty", report["error"])

    def test_live_line_on_a_terminal(self):
        controller, terminal = pty.openpty()
        self.write("many", "x\n" * 2000)
        process = subprocess.Popen(
            [MR, "jar", str(self.plugin("faults")), "sleeps", "many", "out"], cwd=self.dir, stderr=terminal,
            stdin=subprocess.DEVNULL, env=self.environment(TERM="xterm"))
        os.close(terminal)
        seen = b""
        try:
            while chunk := os.read(controller, 65536):
                seen += chunk
        except OSError:  # how a pseudo-terminal tells its end
            pass
        os.close(controller)
        self.assertEqual(process.wait(), 0)
        self.assertRegex(seen.decode(), r"\rmap +\[[#.]+\] +\d+%  .*records/s  .*/s  .* left")


if __name__ == "__main__":
    unittest.main(verbosity=2)
