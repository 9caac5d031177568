"""The tree that the rules look at: its files, and what docs/architecture.md says of it."""

import pathlib
import re

SKIPPED_FOLDERS = {"build", ".git", "__pycache__"}
SOURCE_SUFFIXES = {".h", ".cc"}


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.files = sorted(self._walk(self.root))

    def _walk(self, folder):
        for entry in folder.iterdir():
            if entry.is_symlink():
                continue
            if entry.is_dir():
                if entry.name not in SKIPPED_FOLDERS:
                    yield from self._walk(entry)
            else:
                yield entry.relative_to(self.root).as_posix()

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def exists(self, path):
        return (self.root / path).exists()

    def sources(self, *folders):
        """The C++ files below these folders; all of them without an argument."""
        for path in self.files:
            if pathlib.PurePosixPath(path).suffix not in SOURCE_SUFFIXES:
                continue
            if not folders or path.startswith(tuple(folder + "/" for folder in folders)):
                yield path

    def folders(self):
        """Top-level folders that hold files, without hidden ones."""
        return sorted({path.split("/")[0] for path in self.files if "/" in path and not path.startswith(".")})

    def block(self, path, info):
        """The lines of the one fenced block of a document with this info string, without comments."""
        found = re.findall(r"^```" + re.escape(info) + r"\n(.*?)^```", self.read(path), re.M | re.S)
        if len(found) != 1:
            raise ValueError(f"{path}: {len(found)} blocks marked {info}, want one")
        lines = (line.split("#")[0].strip() for line in found[0].splitlines())
        return [line for line in lines if line]
