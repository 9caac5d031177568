"""What a file system has acknowledged, and so must hold: read from the account of acknowledged_client, compared with the
tree that is there."""

import dataclasses
import re

# Nobody but the writer touches its names. When it is told one of these, something acknowledged is gone, or a call was carried
# out twice.
NEVER = re.compile(r"^failed (Not found|Already exists|Corruption|Internal error|Invalid argument)")


@dataclasses.dataclass
class File:
    """A file whose bytes follow from `id`. `length_min` bytes were acknowledged; without `closed` there may be more."""
    id: int
    length_min: int = 0
    closed: bool = False


class Account:
    """What one writer was told. `must` and `may` map paths to a File, or to None for a directory: `must` is acknowledged;
    of `may` is unknown whether it happened, so that it is there or not, but if it is there then with the right bytes.
    What is in neither must not be there."""

    def __init__(self):
        self.must, self.may = {}, {}
        # Renames of which is unknown whether they happened: one of the two names is there, and only one.
        self.one_of = []
        self.acknowledged = self.flushes = 0
        self.failures = []
        self.broken = []  # failures that must never be
        self._begun = None

    def read(self, lines):
        for line in lines:
            words = line.split(" ")
            if words[0] == "begin":
                self._end(None)
                self._begun = words[1:]
                self._length = 0
            elif words[0] == "flushed":
                self._length = int(words[1])
                self.flushes += 1
            elif words[0] == "done":
                self._done([int(word) for word in words[1:]])
            elif words[0] == "failed":
                self._end(line)
            else:
                raise ValueError("no line of acknowledged_client: " + line)
        self._end(None)

    def _done(self, lengths):
        what, path, *more = self._begun
        if what == "mkdir":
            self.must[path] = None
        elif what == "create":
            self.must[path] = File(int(more[0]), lengths[0], closed=True)
        elif what == "append":
            self.must[path].length_min = lengths[0]
        elif what == "rename":
            self.must[more[0]] = self.must.pop(path)
        elif what == "delete":
            del self.must[path]
        self.acknowledged += 1
        self._begun = None

    def _end(self, failure):
        """The change that was begun was not acknowledged: it failed, or the writer was gone before it knew."""
        if self._begun is None:
            return
        what, path, *more = self._begun
        self._begun = None
        told = "%s of %s: %s" % (what, path, failure)
        (self.broken if failure and NEVER.match(failure) else self.failures).append(told)
        if what == "mkdir":
            self.may[path] = None
        elif what == "create":
            # A flush tells that the file exists.
            (self.must if self._length > 0 else self.may)[path] = File(int(more[0]), self._length)
        elif what == "append":
            file = self.must[path]
            self.must[path] = File(file.id, max(file.length_min, self._length))
        elif what == "rename":
            file = self.must.pop(path)
            self.may[path] = self.may[more[0]] = file
            self.one_of.append((path, more[0]))
        elif what == "delete":
            self.may[path] = self.must.pop(path)

    def expected(self, path):
        return self.must.get(path) or self.may.get(path)

    def faults_of_tree(self, there):
        """`there` maps the paths below the writer's directory to whether they are directories."""
        yield from self.broken
        for path, file in self.must.items():
            if path not in there:
                yield "%s was acknowledged and is not there" % path
            elif there[path] != (file is None):
                yield "%s is a %s" % (path, "directory" if there[path] else "file")
        for path in there:
            if path not in self.must and path not in self.may:
                yield "%s is there, though nobody made it or its end was acknowledged" % path
        for two in self.one_of:
            if sum(path in there for path in two) != 1:
                yield "of %s and %s, a rename's names, there must be one" % two

    def faults_of_files(self, told):
        """`told` maps paths of files to (length, fault or None), as acknowledged_client checked them."""
        for path, (length, fault) in told.items():
            file = self.expected(path)
            if fault is not None:
                yield "%s: %s" % (path, fault)
            elif length < file.length_min:
                yield "%s has %d bytes, and %d were acknowledged" % (path, length, file.length_min)
            elif file.closed and length != file.length_min:
                yield "%s has %d bytes, and was closed with %d" % (path, length, file.length_min)
