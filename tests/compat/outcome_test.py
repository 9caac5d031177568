"""What run_kits.py makes of the lines of a group. No cluster is needed."""

import pathlib
import tempfile
import unittest

import outcome

HERE = pathlib.Path(__file__).resolve().parent


def judged(text, excepted=()):
    result = outcome.Outcome("g")
    result.read(text + "1 passed, 1 failed, 1 skipped\n", dict.fromkeys(excepted, "why"))
    return result


class OutcomeTest(unittest.TestCase):
    def test_only_unexpected_failures_are_bad(self):
        text = "# remark\nPASS g one\nFAIL g two: expected x\nSKIP g three none\nFAIL g four no snapshots\n"
        result = judged(text, ["g four"])
        self.assertEqual((result.passed, result.skipped, result.excepted), (1, 1, ["g four"]))
        self.assertEqual(result.unexpected, ["g two: expected x"])
        self.assertFalse(result.good())
        self.assertTrue(judged(text, ["g two:", "g four"]).good())

    def test_a_case_is_not_excepted_by_the_beginning_of_its_name(self):
        self.assertEqual(judged("PASS g a\nFAIL g four-b x\n", ["g four"]).unexpected, ["g four-b x"])

    def test_an_excepted_case_that_passes_is_told(self):
        result = judged("PASS g four 1.2 s\n", ["g four"])
        self.assertTrue(result.good())
        self.assertIn("passes now though excepted: g four", result.line())

    def test_what_hadoop_fails_too_does_not_count(self):
        self.assertTrue(judged("PASS g a\nFAIL g b x (the oracle does not pass this either)\n").good())

    def test_no_line_at_all_is_bad_and_only_skips_are_a_skip_with_the_reason(self):
        self.assertFalse(judged("Segmentation fault\n").good())
        self.assertEqual(judged("SKIP g a there is no tool\n").line(), "SKIP g: there is no tool")

    def test_a_kit_that_died_on_its_way_is_bad(self):
        result = outcome.Outcome("g")
        result.read("PASS g one\nPASS g two\n", {})
        self.assertIn("ended before its last line", result.line())
        self.assertFalse(result.good())

    def test_the_list_names_a_reason_for_each_case(self):
        listed = outcome.read_excepted(HERE / "excepted.tsv")
        self.assertIn("shell hdfs-640", listed)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "list"
            file.write_text("# remark\ngo TestX\n", encoding="utf-8")
            with self.assertRaisesRegex(ValueError, "list:2"):
                outcome.read_excepted(file)


if __name__ == "__main__":
    unittest.main()
