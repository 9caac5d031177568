"""Compiles the plugins of this folder with `mr compile`, those that are older than their source or the SDK.

usage: compile_plugins.py PREFIX DIRECTORY
"""

import pathlib
import subprocess
import sys


def newest(paths):
    return max((p.stat().st_mtime for p in paths), default=0)


def main():
    prefix, target = map(pathlib.Path, sys.argv[1:])
    target.mkdir(parents=True, exist_ok=True)
    sdk = newest((prefix / "include" / "mr").glob("*.h"))
    for source in sorted((pathlib.Path(__file__).parent / "plugins").glob("*.cc")):
        plugin = target / (source.stem + ".so")
        if plugin.exists() and plugin.stat().st_mtime > max(sdk, source.stat().st_mtime):
            continue
        subprocess.run([prefix / "bin" / "mr", "compile", source, "-o", plugin], check=True)


main()
