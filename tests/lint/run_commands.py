#!/usr/bin/env python3
"""Runs the commands of a document: run_commands.py ROOT PREFIX DOCUMENT|FOLDER.

Every fenced block marked `sh` is run, all blocks of one document in their order in one bash -eu. They start in an empty
folder in which samples, examples, conf and docs of the tree and build/dist (the installed prefix) are found as from the
top of a clone, and the text of samples as input. A line that begins with "$ " is a command, the block's other lines are
then what it prints, and are not compared. A session in a debugger is not run.

A block marked `cpp` that begins with #include <mr/mr.h> is a plugin: it lies in the folder as NAME.cc, NAME being its
first job. `mr` is on the path unless the document puts it there itself. Blocks that must not be run have another mark
(console, text). Exit status 77: nothing is installed.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)
PLUGIN = re.compile(r"^```cpp\n(#include <mr/mr\.h>\n.*?\bMR_(?:JOB|DRIVER)\((\w+).*?)^```", re.M | re.S)
LINKED = ("samples", "examples", "conf", "docs")
TIMEOUT_SECONDS = 240


def commands_of(text):
    for block in BLOCK.findall(text):
        lines = block.splitlines()
        if any(line.startswith("(gdb) ") for line in lines):
            continue
        if any(line.startswith("$ ") for line in lines):
            lines = [line[2:] for line in lines if line.startswith("$ ")]
        yield "\n".join(lines)


def run(document, root, prefix):
    text = document.read_text(encoding="utf-8")
    commands = list(commands_of(text))
    if not commands:
        return True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for linked in LINKED:
            if (root / linked).exists():
                (folder / linked).symlink_to(root / linked)
        if (root / "samples" / "text").exists():
            (folder / "input").symlink_to(root / "samples" / "text")
        for source, plugin in PLUGIN.findall(text):
            (folder / (plugin + ".cc")).write_text(source, encoding="utf-8")
        environment = dict(os.environ)
        if not any("PATH=" in command for command in commands):
            environment["PATH"] = f"{prefix / 'bin'}:{environment['PATH']}"
        # Private clusters go here, not to the person who runs the tests.
        environment["XDG_DATA_HOME"] = str(folder / ".data")
        (folder / "build").mkdir()
        (folder / "build" / "dist").symlink_to(prefix)
        try:
            done = subprocess.run(["bash", "-euxo", "pipefail", "-c", "\n".join(commands)], cwd=folder, text=True,
                                  env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=TIMEOUT_SECONDS, check=False)
        finally:
            # A document that fails half-way leaves no daemons behind.
            subprocess.run(["bash", "-c", '"$0" down', str(prefix / "bin" / "mr")], env=environment, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False)
    if done.returncode != 0:
        print(done.stdout)
        print(f"{document.relative_to(root)}: the last command shown above ended with status {done.returncode}")
        return False
    print(f"{document.relative_to(root)}: {len(commands)} blocks run")
    return True


def main(root, prefix, name):
    root, prefix = pathlib.Path(root).resolve(), pathlib.Path(prefix).resolve()
    place = root / name
    if not place.exists():
        print(f"{name}: is not there")
        return 1
    if not (prefix / "bin" / "mr").exists():
        print(f"{prefix}: has no bin/mr; run cmake --install first")
        return 77
    documents = sorted(place.rglob("*.md")) if place.is_dir() else [place]
    return 0 if all([run(document, root, prefix) for document in documents]) else 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
