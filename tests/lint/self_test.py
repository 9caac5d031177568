#!/usr/bin/env python3
"""Shows that each rule finds what it is there to find, and is content with a tree that keeps it."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import rules
import run_commands
import tree as trees

GOOD = {
    "README.md": "Map: `common/` `docs/` `engine/` `formats/`\n",
    "docs/architecture.md": "```arrows\ncommon/base:\nformats: common/base   # why\nengine: formats\n```\n"
                            "```third-party\nzlib.h: formats\n```\n",
    "common/README.md": "x\n",
    "common/base/README.md": "x\n",
    "common/base/CMakeLists.txt": "SRCS clock.cc\n",
    "common/base/clock.h": "#pragma once\n",
    "common/base/clock.cc": "auto now = std::chrono::steady_clock::now();\n",
    "formats/README.md": "x\n",
    "formats/CMakeLists.txt": "SRCS gzip.cc\n",
    "formats/gzip.h": "#pragma once\n",
    "formats/gzip.cc": '#include <zlib.h>\n#include <unistd.h>\n#include <vector>\n#include "common/base/clock.h"\n'
                       "// open(path, O_RDONLY) is said in a comment only.\n",
    "engine/README.md": "x\n",
    "engine/job.h": '#include "formats/gzip.h"\n',
}


class RulesTest(unittest.TestCase):
    def faults(self, rule, changes):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in {**GOOD, **changes}.items():
                if text is None:
                    continue
                file = pathlib.Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            return list(rules.ALL[rule](trees.Tree(folder)))

    def finds(self, rule, changes, word):
        found = self.faults(rule, changes)
        self.assertEqual(len(found), 1, found)
        self.assertIn(word, found[0])

    def test_a_good_tree_has_no_faults(self):
        for rule in rules.ALL:
            self.assertEqual(self.faults(rule, {}), [], rule)

    def test_arrows(self):
        self.finds("arrows", {"common/base/clock.h": '#include "formats/gzip.h"\n'}, "common/base -> formats")
        # An arrow is not followed through: engine -> formats -> base does not let engine include base.
        self.finds("arrows", {"engine/job.h": '#include "common/base/clock.h"\n'}, "engine -> common/base")
        self.finds("arrows", {"engine/job.h": '#include "job_id.h"\n'}, "no file")
        self.finds("arrows", {"other/x.h": "#pragma once\n"}, "other/x.h")

    def test_third_party(self):
        self.finds("third_party", {"engine/job.h": "#include <zlib.h>\n"}, "engine/job.h")
        self.finds("third_party", {"engine/job.h": "#include <boost/json.hpp>\n"}, "without a line")

    def test_listed(self):
        self.finds("listed", {"engine/job.cc": "int x;\n"}, "engine/job.cc")
        self.finds("listed", {"formats/zip.cc": "int x;\n", "formats/CMakeLists.txt": "gzip.cc bzip.cc unzip.cc"},
                   "formats/zip.cc")
        loop = "set(cases gzip bzip)\nforeach(case IN LISTS cases)\n  add(wrong/${case}.cc)\nendforeach()\n"
        given = {"formats/wrong/bzip.cc": "int x;\n", "formats/CMakeLists.txt": "gzip.cc " + loop}
        self.assertEqual(self.faults("listed", given), [])
        self.finds("listed", {"formats/wrong/zip.cc": "int x;\n", "formats/CMakeLists.txt": "gzip.cc " + loop},
                   "formats/wrong/zip.cc")

    def test_forbidden_calls(self):
        for line in ("auto t = std::chrono::system_clock::now();", "int fd = ::open(path, flags);",
                     "int fd = open(path, O_RDONLY);", "std::ifstream file(path);", 'std::getenv("HOME");',
                     "std::this_thread::sleep_for(wait);", "std::random_device chance;", "time(nullptr);",
                     "std::time(nullptr);", "usleep(10);", "int x = rand();"):
            self.finds("forbidden_calls", {"engine/job.h": line + "\n"}, "engine/job.h:1")
        for line in ("file.open(path);", "timestamp(nullptr);", "operand(1);", "Uptime(nullptr);"):
            self.assertEqual(self.faults("forbidden_calls", {"engine/job.h": line + "\n"}), [], line)

    def test_keys_are_read(self):
        def table(name, description):
            return {"engine/keys.cc": f'{{.name = "{name}", .description = "{description}", .file = "x"}}',
                    "engine/CMakeLists.txt": "keys.cc"}
        self.finds("keys_are_read", table("a.b", "The size."), "nothing reads a.b")
        self.assertEqual(self.faults("keys_are_read", table("a.b", "Accepted and ignored: why.")), [])
        reader = {"engine/job.h": 'auto x = config.GetInt("a.b");\n'}
        self.assertEqual(self.faults("keys_are_read", {**table("a.b", "The size."), **reader}), [])
        self.finds("keys_are_read", {**table("a.b", "Accepted and ignored: why."), **reader}, "described as ignored")

    def test_map_of_folders(self):
        self.finds("map_of_folders", {"tools/x.md": "x\n"}, "`tools/`")

    def test_folder_readmes(self):
        self.finds("folder_readmes", {"engine/README.md": None}, "engine:")
        self.finds("folder_readmes", {"common/base/README.md": None}, "common/base:")

    def test_machine_paths(self):
        self.finds("machine_paths", {"engine/job.h": "// see /" + "root/notes\n"}, "engine/job.h:1")
        self.finds("machine_paths", {"engine/job.h": "/" + "home/joe/x\n"}, "engine/job.h:1")

    def test_links(self):
        self.finds("links", {"engine/README.md": "[a](../formats/README.md#x) [b](https://x.y/z) [c](gone.md)\n"},
                   "engine/README.md: links to gone.md")

    def test_file_sizes(self):
        self.finds("file_sizes", {"engine/job.h": "\n" * 701}, "701 lines")


class CommandsTest(unittest.TestCase):
    def status_of(self, document, installed=True):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "samples").mkdir()
            (root / "samples" / "a.txt").write_text("x\n")
            if installed:
                (root / "dist" / "bin").mkdir(parents=True)
                (root / "dist" / "bin" / "mr").write_text("")
            (root / "doc.md").write_text(document)
            with contextlib.redirect_stdout(io.StringIO()) as said:
                return run_commands.main(root, root / "dist", "doc.md"), said.getvalue()

    def test_blocks_run_in_order_in_one_shell(self):
        document = "```sh\nx=samples/a.txt\n```\ntext\n```sh\n$ cat \"$x\"\nx\n$ test -e build/dist/bin/mr\n```\n"
        self.assertEqual(self.status_of(document)[0], 0)

    def test_a_failing_command_is_shown(self):
        status, said = self.status_of("```sh\necho before\ncat samples/none.txt\necho after\n```\n")
        self.assertEqual(status, 1)
        self.assertIn("samples/none.txt", said)
        self.assertNotIn("\nafter", said)

    def test_other_blocks_are_not_run(self):
        self.assertEqual(self.status_of("```console\n$ false\n```\n```cpp\nint x;\n```\n")[0], 0)

    def test_a_plugin_of_the_document_lies_there_as_a_file(self):
        plugin = "```cpp\n#include <mr/mr.h>\n\nMR_JOB(one, \"x\") {}\n```\n```cpp\nMR_JOB(two, \"x\") {}\n```\n"
        self.assertEqual(self.status_of(plugin + "```sh\ngrep -q one one.cc\n! test -e two.cc\n```\n")[0], 0)

    def test_mr_is_on_the_path_unless_the_document_says_how(self):
        self.assertEqual(self.status_of("```sh\ncase $PATH in */dist/bin:*) ;; *) false ;; esac\n```\n")[0], 0)
        document = "```sh\nexport PATH=\"$PATH:x\"\ncase $PATH in */dist/bin:*) false ;; *) ;; esac\n```\n"
        self.assertEqual(self.status_of(document)[0], 0)

    def test_a_debugger_session_is_not_run(self):
        self.assertEqual(self.status_of("```sh\ngdb --args false\n(gdb) run\n```\n")[0], 0)

    def test_without_an_installed_prefix_it_is_skipped(self):
        self.assertEqual(self.status_of("```sh\nfalse\n```\n", installed=False)[0], 77)


if __name__ == "__main__":
    unittest.main()
