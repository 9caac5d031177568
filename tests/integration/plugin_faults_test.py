"""Plugins that are none, and plugins that misbehave: the message names task, file and record; nothing is left."""

import shutil
import struct
import unittest

from mr_case import *


class Loading(MrCase):
    def setUp(self):
        super().setUp()
        self.write("in", "a\n")

    def library(self, name, source):
        self.write("x.c", source)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", name, "x.c"], cwd=self.dir, check=True)
        return "./" + name

    def cannot_start(self, plugin, *patterns):
        self.refused(self.mr("jar", plugin, "in", "out"), *patterns, status=CANNOT_START)

    def test_missing(self):
        self.cannot_start("./nosuch.so", r"nosuch\.so")
        self.cannot_start("nosuch.so", r"nosuch\.so.*lib/mr/examples")

    def test_no_elf(self):
        self.write("text.so", "not a library")
        self.cannot_start("./text.so", r"text\.so")

    def test_directory(self):
        (self.dir / "folder.so").mkdir()
        self.cannot_start("./folder.so", r"folder\.so")

    def test_without_the_entry(self):
        self.cannot_start(self.library("empty.so", "int x;"), r"empty\.so.*mr_plugin_entry")

    def test_undefined_symbol(self):
        library = self.library("und.so", "void nosuchsymbol(void); void f(void) { nosuchsymbol(); }")
        self.cannot_start(library, r"und\.so")

    def test_undefined_symbol_is_named(self):
        library = self.library(
            "und.so", "void nosuchsymbol(void); const void* mr_plugin_entry(unsigned v) { nosuchsymbol(); return 0; }")
        self.cannot_start(library, "nosuchsymbol")

    def test_other_machine(self):
        copy = self.dir / "other.so"
        shutil.copy(self.plugin("count"), copy)
        with open(copy, "r+b") as file:
            file.seek(18)  # e_machine
            file.write(struct.pack("<H", 243))  # RISC-V
        self.cannot_start("./other.so", r"other\.so.*(risc|machine|cpu|processor)")

    def test_other_abi_names_both_versions_and_the_remedy(self):
        library = self.library(
            "abi.so",
            "struct { unsigned size, version; const char *sdk, *compiler; unsigned long n; void* jobs; } t ="
            " {sizeof(t), 99, \"9.9\", \"cc\", 0, 0};"
            " const void* mr_plugin_entry(unsigned v) { return &t; }")
        self.cannot_start(library, r"abi\.so", r"\b99\b", r"\b1\b", "compile|rebuild|build")

    def test_truncated(self):
        self.write("cut.so", self.plugin("count").read_bytes()[:5000])
        self.cannot_start("./cut.so", r"cut\.so")


class Faults(MrCase):
    def setUp(self):
        super().setUp()
        self.write("in", "good\nfine\nbad\nnever\n")

    def run_fault(self, job, *patterns, timeout=60):
        outcome = self.jar("faults", job, "in", "out", timeout=timeout)
        self.refused(outcome, *patterns)
        return outcome

    def crash(self, job, signal_name, function=None):
        outcome = self.run_fault(job, signal_name, r"attempt_local.*_m_000000", r"/in\b", "offset 10", "bad", "62 61 64")
        self.assert_says(outcome, r"faults\.so\+0x")
        if function and shutil.which("addr2line"):
            self.assert_says(outcome, function + r".*faults\.cc:\d+")

    def test_exception_names_task_file_and_record(self):
        self.run_fault("throws", "the barrel is empty", "attempt_.*_m_000000", r"/in\b", "offset 10", "bad", "62 61 64")

    def test_exception_in_reduce_names_task_and_key(self):
        self.run_fault("throws_in_reduce", "the barrel is empty", "attempt_.*_r_000000", "bad")

    def test_segmentation_fault(self):
        self.crash("segv", "SIGSEGV", "write_to_nowhere")

    def test_division_by_zero(self):
        self.crash("fpe", "SIGFPE", "divide")

    def test_abort(self):
        self.crash("aborts", "SIGABRT")

    def test_stack_overflow(self):
        self.crash("overflows", "SIGSEGV", "recurse")

    def test_exit(self):
        self.run_fault("exits", r"called exit\(\)", "attempt_.*_m_000000", "bad")

    def test_underscore_exit(self):
        self.run_fault("exits_at_once", r"called _exit\(\)", "attempt_.*_m_000000", "bad")

    def test_quick_exit(self):
        self.run_fault("exits_quickly", r"called quick_exit\(\)", "attempt_.*_m_000000", "bad")

    def test_emit_from_another_thread(self):
        self.run_fault("foreign_thread", "thread", "attempt_.*_m_000000")

    def test_comparator_that_is_no_order_does_not_crash(self):
        self.write("in", "".join("x" * (i * 37 % 91) + "\n" for i in range(20000)))
        outcome = self.jar("faults", "no_order", "in", "out", timeout=120)
        self.assertIn(outcome.status, (OK, FAILED), repr(outcome))
        self.assertNotIn("crashed", outcome.err)
        self.assert_local_clean()


if __name__ == "__main__":
    unittest.main(verbosity=2)
