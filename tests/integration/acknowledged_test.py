"""What kill_rounds.py makes of the account of a writer. No cluster is needed."""

import unittest

import acknowledged


class AccountTest(unittest.TestCase):
    def faults(self, lines, there, told=None):
        account = acknowledged.Account()
        account.read(lines)
        return [*account.faults_of_tree(there), *account.faults_of_files(told or {})]

    def test_what_was_acknowledged_must_be_there(self):
        lines = ["begin mkdir /d", "done", "begin create /d/f 7", "flushed 5", "done 9"]
        there = {"/d": True, "/d/f": False}
        self.assertEqual(self.faults(lines, there, {"/d/f": (9, None)}), [])
        self.assertIn("has 8 bytes", self.faults(lines, there, {"/d/f": (8, None)})[0])
        self.assertIn("another byte", self.faults(lines, there, {"/d/f": (9, "another byte at 3")})[0])
        self.assertIn("is not there", self.faults(lines, {"/d": True})[0])
        self.assertIn("is a directory", self.faults(lines, {"/d": True, "/d/f": True})[0])

    def test_what_was_taken_away_must_not_be_there(self):
        lines = ["begin create /f 7", "done 9", "begin rename /f /g", "done", "begin delete /g", "done"]
        self.assertEqual(self.faults(lines, {}), [])
        self.assertIn("though nobody made it", self.faults(lines, {"/f": False})[0])
        self.assertIn("though nobody made it", self.faults(lines, {"/g": False})[0])

    def test_flushed_bytes_of_a_writer_that_failed(self):
        lines = ["begin create /f 7", "flushed 5", "failed Unavailable: gone", "begin create /g 8", "failed Unavailable: x"]
        self.assertEqual(self.faults(lines, {"/f": False}, {"/f": (6, None)}), [])
        self.assertEqual(self.faults(lines, {"/f": False, "/g": False}, {"/f": (5, None), "/g": (0, None)}), [])
        self.assertIn("has 4 bytes", self.faults(lines, {"/f": False}, {"/f": (4, None)})[0])
        self.assertIn("is not there", self.faults(lines, {})[0])

    def test_of_a_rename_in_doubt_one_name_is_there(self):
        lines = ["begin create /f 7", "done 9", "begin rename /f /g", "failed Unavailable: gone"]
        for name in ("/f", "/g"):
            self.assertEqual(self.faults(lines, {name: False}, {name: (9, None)}), [])
        self.assertIn("there must be one", self.faults(lines, {})[0])
        self.assertIn("there must be one", self.faults(lines, {"/f": False, "/g": False})[0])

    def test_an_answer_that_tells_of_a_loss(self):
        lines = ["begin create /f 7", "done 9", "begin delete /f", "failed Not found: nothing to delete"]
        self.assertIn("Not found", self.faults(lines, {})[0])


if __name__ == "__main__":
    unittest.main()
