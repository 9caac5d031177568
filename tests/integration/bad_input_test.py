"""Wrong words, wrong inputs and wrong outputs: each gets its message and status, and leaves nothing behind."""

import ctypes
import gzip
import unittest

from mr_case import *


class InputPaths(MrCase):
    def test_missing_input_is_named(self):
        self.refused(self.jar("count", "nosuch", "out"), "nosuch.*exist|exist.*nosuch")

    def test_pattern_that_matches_nothing_is_named(self):
        self.refused(self.jar("count", "nosuch*", "out"), r"nosuch\*")

    def test_unreadable_input_is_named(self):
        user = self.ordinary_user()
        self.write("in", "a\n").chmod(0)
        self.refused(self.jar("count", "in", "out", user=user), r"\bin\b.*permission")

    def test_existing_output_is_refused_and_untouched(self):
        self.write("in", "a\n")
        self.write("out/mine", "keep")
        outcome = self.jar("count", "in", "out")
        self.assert_status(outcome, FAILED)
        self.assert_says(outcome, "out.*already exists")
        self.assertEqual([p.name for p in (self.dir / "out").iterdir()], ["mine"])
        self.assertNotIn("map 0%", outcome.err)

    def test_output_inside_input_is_refused(self):
        self.write("in/a", "a\n")
        self.refused(self.jar("count", "in", "in/out"), "in/out", out="in/out")

    def test_output_inside_input_through_a_link_is_refused(self):
        self.write("in/a", "a\n")
        (self.dir / "link").symlink_to("in")
        self.refused(self.jar("count", "in", "link/out"), "link/out", out="in/out")

    def test_read_only_output_directory(self):
        user = self.ordinary_user()
        self.write("in", "a\n")
        (self.dir / "ro").mkdir(mode=0o555)
        self.refused(self.jar("count", "in", "ro/out", user=user), "ro.*permission", out="ro/out")


class InputContents(MrCase):
    def counted(self, content, **properties):
        self.write("in", content)
        settings = [word for name, value in properties.items() for word in ("-D", "%s=%s" % (name, value))]
        outcome = self.jar("count", *settings, "in", "out")
        self.assert_status(outcome, OK)
        self.assert_local_clean()
        self.assertTrue((self.dir / "out" / "_SUCCESS").exists())
        return self.parts()

    def test_empty_file_gives_an_empty_part_for_each_reduce(self):
        self.assertEqual(self.counted("", **{"mapreduce.job.reduces": 3}), b"")
        self.assertEqual(len(list((self.dir / "out").glob("part-r-*"))), 3)

    def test_empty_directory_gives_an_empty_part(self):
        (self.dir / "in").mkdir()
        self.assert_status(self.jar("count", "in", "out"), OK)
        self.assertEqual(self.parts(), b"")

    def test_directory_of_ignored_names_gives_an_empty_part(self):
        self.write("in/_logs", "a\n")
        self.write("in/.hidden", "a\n")
        self.assert_status(self.jar("count", "in", "out"), OK)
        self.assertEqual(self.parts(), b"")

    def test_no_newline_at_the_end(self):
        self.assertEqual(self.counted("b a\na"), b"a\t2\nb\t1\n")

    def test_carriage_returns(self):
        self.assertEqual(self.counted("b\r\na\ra\r"), b"a\t2\nb\t1\n")

    def test_nul_bytes_and_no_utf8_come_out_as_they_went_in(self):
        self.assertEqual(self.counted(b"\x00x \xff\xfe\n\xff\xfe\n"), b"\x00x\t1\n\xff\xfe\t2\n")

    def test_line_beyond_the_limit_names_file_and_limit(self):
        self.write("in", b"ok\n" + b"x" * (3 << 20) + b"\n")
        self.refused(
            self.jar("count", "-D", "mapreduce.input.linerecordreader.line.maxlength=1048576", "in", "out"),
            r"\bin\b", "1048576|1 MiB", "offset 3")


class Gzip(MrCase):
    def test_all_members_are_read(self):
        self.write("in.gz", gzip.compress(b"a b\n") + gzip.compress(b"a\n"))
        self.assert_status(self.jar("count", "in.gz", "out"), OK)
        self.assertEqual(self.parts(), b"a\t2\nb\t1\n")

    def test_cut_short(self):
        self.write("in.gz", gzip.compress(b"a b c d e f g\n" * 1000)[:-9])
        self.refused(self.jar("count", "in.gz", "out"), r"in\.gz")

    def test_trailing_garbage(self):
        self.write("in.gz", gzip.compress(b"a\n") + b"garbage that is no gzip member")
        self.refused(self.jar("count", "in.gz", "out"), r"in\.gz")

    def test_text_named_gz(self):
        self.write("in.gz", "this is text\n")
        self.refused(self.jar("count", "in.gz", "out"), r"in\.gz")


class DiskFull(MrCase):
    """A tmpfs of 256 KiB; skipped where one may not mount."""

    def setUp(self):
        super().setUp()
        self.tiny = self.dir / "tiny"
        self.tiny.mkdir()
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"none", str(self.tiny).encode(), b"tmpfs", 0, b"size=256k") != 0:
            self.skipTest("cannot mount a tmpfs here")
        self.addCleanup(libc.umount2, str(self.tiny).encode(), 2)
        self.write("in", "".join("%032d\n" % (i * 7919 % 100003) for i in range(60000)))

    def test_while_writing_output(self):
        self.refused(self.jar("sorted", "in", "tiny/out"), "space", out="tiny/out")
        self.assertEqual(list(self.tiny.iterdir()), [])

    def test_while_spilling(self):
        self.local = self.tiny
        self.refused(self.jar("sorted", "-D", "mapreduce.task.io.sort.mb=1", "in", "out"), "space")


class Words(MrCase):
    def setUp(self):
        super().setUp()
        self.write("in", "b a\na\n")

    def cannot_start(self, outcome, *patterns):
        self.refused(outcome, *patterns, status=CANNOT_START)

    def test_define_without_equals(self):
        self.cannot_start(self.jar("count", "-D", "nonsense", "in", "out"), "nonsense")

    def test_define_at_the_end(self):
        self.cannot_start(self.jar("count", "in", "out", "-D"), "-D needs a value")

    def test_number_that_is_none(self):
        self.cannot_start(self.jar("count", "-D", "mapreduce.job.reduces=many", "in", "out"), "reduces.*many")

    def test_number_out_of_range(self):
        self.cannot_start(self.jar("count", "-D", "mapreduce.job.reduces=-3", "in", "out"), "reduces.*-3")

    def test_unknown_key_of_ours(self):
        self.cannot_start(self.jar("count", "-D", "mr.no.such.key=1", "in", "out"), r"mr\.no\.such\.key")

    def test_malformed_configuration_file(self):
        self.write("bad.xml", "<configuration><property></configuration>")
        self.cannot_start(self.jar("count", "-conf", "bad.xml", "in", "out"), r"bad\.xml")

    def test_missing_configuration_file_and_directory(self):
        self.cannot_start(self.jar("count", "-conf", "nosuch.xml", "in", "out"), r"nosuch\.xml")
        self.cannot_start(self.jar("count", "--config", "nosuchdir", "in", "out"), "nosuchdir")

    def test_libjars_is_refused_with_the_reason(self):
        self.cannot_start(self.jar("count", "-libjars", "x.jar", "in", "out"), "-libjars.*native")

    def test_missing_side_file(self):
        self.cannot_start(self.jar("count", "-files", "nosuch#x", "in", "out"), r"File nosuch does not exist\.")

    def test_unknown_option_names_the_nearest(self):
        self.cannot_start(self.jar("count", "--quite", "in", "out"), "--quite.*did you mean --quiet")

    def test_too_few_words(self):
        self.cannot_start(self.jar("count"), r"usage: .*INPUT\.\.\. OUTPUT")
        self.cannot_start(self.jar("count", "in"), r"usage: .*INPUT\.\.\. OUTPUT")

    def test_report_that_cannot_be_written_is_said_before_the_job(self):
        self.cannot_start(self.jar("count", "--report", "nosuch/r.json", "in", "out"), "nosuch/r.json")

    def test_unknown_command_names_the_nearest(self):
        outcome = self.mr("jra")
        self.assert_status(outcome, CANNOT_START)
        self.assert_says(outcome, "unknown command: jra.*did you mean jar")

    def test_generic_options_stand_anywhere(self):
        for words in (["-Dmapreduce.job.reduces=2", "in", "out"], ["in", "out", "-D", "mapreduce.job.reduces=2"],
                      ["count", "-D", "mapreduce.job.reduces=2", "--embedded", "in", "out"]):
            with self.subTest(words=words):
                outcome = self.jar("count", *words)
                self.assert_status(outcome, OK)
                self.assertTrue((self.dir / "out" / "part-r-00001").exists())
                subprocess.run(["rm", "-r", self.dir / "out"], check=True)


class JobOptions(MrCase):
    def setUp(self):
        super().setUp()
        self.write("in", "b a\na\n")

    def test_options_and_arguments_arrive(self):
        outcome = self.jar("faults", "options", "--least", "2", "--loud", "in", "out", "!")
        self.assert_status(outcome, OK)
        self.assertEqual(self.parts(), b"A!\t2\n")

    def test_value_of_the_wrong_type_names_the_option(self):
        self.refused(self.jar("faults", "options", "--least=few", "in", "out", "!"), "--least.*few", status=CANNOT_START)

    def test_unknown_option_names_the_nearest(self):
        self.refused(self.jar("faults", "options", "--leats=2", "in", "out", "!"), "--leats.*did you mean --least",
                     status=CANNOT_START)

    def test_missing_argument_prints_usage(self):
        self.refused(self.jar("faults", "options", "in", "out"), "usage: .*OUTPUT suffix", status=CANNOT_START)

    def test_unknown_job_names_the_nearest(self):
        self.refused(self.jar("faults", "optoins", "in", "out"), "optoins.*options", status=CANNOT_START)

    def test_help_lists_jobs_options_types_and_defaults(self):
        outcome = self.mr("jar", self.plugin("faults"), "--help")
        self.assert_status(outcome, OK)
        for text in ("foreign_thread", "Emits from a thread of its own."):
            self.assertIn(text, outcome.out)
        outcome = self.mr("jar", self.plugin("faults"), "options", "--help")
        self.assert_status(outcome, OK)
        for text in ("--least", "integer, default 1", "suffix", "is put behind each word"):
            self.assertIn(text, outcome.out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
