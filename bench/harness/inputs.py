"""Inputs below build/bench/data, generated once; a file's name holds what it depends on."""
import os
import subprocess
import sys

TERA_RECORD = 100


class Inputs:
    def __init__(self, root, build, generate):
        self.data = os.path.join(build, "data")
        self.own = generate
        self.shared = os.path.join(os.path.dirname(root), "shared", "data", "generate.py")
        os.makedirs(self.data, exist_ok=True)

    def _make(self, name, command):
        """command(path) is the argv that writes path."""
        path = os.path.join(self.data, name)
        if not os.path.exists(path):
            print("generating %s" % name, file=sys.stderr, flush=True)
            part = path + ".part"
            subprocess.run(command(part), check=True, stderr=subprocess.DEVNULL)
            os.rename(part, path)
        return path

    @staticmethod
    def _size(n):
        for shift, unit in ((30, "g"), (20, "m"), (10, "k")):
            if n % (1 << shift) == 0:
                return "%d%s" % (n >> shift, unit)
        return str(n)

    @staticmethod
    def _count(n):
        return "%dm" % (n // 10**6) if n % 10**6 == 0 else str(n)

    def text(self, size):
        if os.path.exists(self.shared):
            return self._make("text-%s.txt" % self._size(size), lambda p: [
                sys.executable, self.shared, "text", p, "--size", str(size), "--jobs", "2"])
        return self._make("text-own-%s.txt" % self._size(size),
                          lambda p: [self.own, "text", p, str(size)])

    def distinct(self, size, keys=10**7):
        return self._make("distinct-%s.txt" % self._size(size),
                          lambda p: [self.own, "distinct", p, str(size), str(keys)])

    def teragen(self, records):
        # The shared generator is slow for the large ones; a record is random bytes in both.
        if os.path.exists(self.shared) and records <= 2 * 10**7:
            return self._make("teragen-%s.bin" % self._count(records), lambda p: [
                sys.executable, self.shared, "teragen", p, "--records", str(records), "--jobs", "2"])
        return self._make("teragen-own-%s.bin" % self._count(records),
                          lambda p: [self.own, "teragen", p, str(records)])

    def lines(self, records):
        return self._make("lines-%s.txt" % self._count(records),
                          lambda p: [self.own, "lines", p, str(records)])
