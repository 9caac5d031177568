"""Runs programs and measures them from outside: wall time, CPU time, peak memory."""
import hashlib
import os
import shutil
import statistics
import subprocess
import time


class Refused(Exception):
    """A figure that must not be shown: the program failed or its answer is wrong."""


class Sample:
    def __init__(self, wall, cpu, peak_mb):
        self.wall, self.cpu, self.peak_mb = wall, cpu, peak_mb


def run(argv, log, env=None, stdout=None):
    """One whole process, from fork to exit. Its stderr (and stdout, if not asked for) goes to log.

    The kernel counts the peak from before exec too, so it is never below that of this script
    (about 20 MB); every bar is far above.
    """
    os.makedirs(os.path.dirname(log), exist_ok=True)
    with open(log, "wb") as err, open(stdout or log + ".out", "wb") as out:
        begin = time.perf_counter()
        p = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                             env={**os.environ, **(env or {})})
        _, status, usage = os.wait4(p.pid, 0)
        wall = time.perf_counter() - begin
        p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode != 0:
        with open(log, "rb") as f:
            tail = f.read()[-600:].decode(errors="replace")
        raise Refused("%s: exit %d; the end of %s:\n%s" % (
            " ".join(map(str, argv)), p.returncode, log, tail))
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.remove(path)


def parts(out):
    """The data files of an output: the file itself, or the parts of a directory in order."""
    if os.path.isfile(out):
        return [out]
    if not os.path.isdir(out):
        raise Refused("%s: no output was written" % out)
    names = sorted(n for n in os.listdir(out) if n.startswith("part-"))
    if not names:
        raise Refused("%s: no part files" % out)
    return [os.path.join(out, n) for n in names]


def digest(out):
    h = hashlib.sha256()
    for path in parts(out):
        with open(path, "rb") as f:
            for block in iter(lambda: f.read(1 << 20), b""):
                h.update(block)
    return h.hexdigest()


class Side:
    """One program of a comparison.

    command: argv, with its output at `out`.  answer: maps `out` to something comparable.
    """

    def __init__(self, name, command, out, answer=digest, env=None):
        self.name, self.command, self.out, self.answer, self.env = name, command, out, answer, env
        self.samples = []

    def cpu_elsewhere(self):
        """CPU seconds so far of the processes, other than its own, that do its work."""
        return 0

    def clear(self):
        """Deletes what an earlier run left."""
        remove(self.out)

    def median(self, field):
        return statistics.median(getattr(s, field) for s in self.samples)

    def facts(self):
        walls = [s.wall for s in self.samples]
        return {"command": " ".join(map(str, self.command)), "rounds": len(walls),
                "wall_s": self.median("wall"), "wall_min_s": min(walls), "wall_max_s": max(walls),
                "cpu_s": self.median("cpu"), "peak_mb": max(s.peak_mb for s in self.samples)}


def alternate(sides, rounds, settle, logs, warmups=1, expected=None):
    """Runs the sides in turn, `warmups` + `rounds` times; the warm-ups are checked and not counted.

    Every answer of every round must equal the first side's first answer (or `expected`).
    Old outputs are deleted and `settle` is run outside the measured time.
    """
    for r in range(warmups + rounds):
        for side in sides:
            for s in sides:
                s.clear()
            settle()
            elsewhere = side.cpu_elsewhere()
            sample = run(side.command, os.path.join(logs, side.name + ".log"), side.env)
            sample.cpu += side.cpu_elsewhere() - elsewhere
            answer = side.answer(side.out)
            if expected is None:
                expected = answer
            if answer != expected:
                raise Refused("%s gives another answer than %s: %s, not %s" % (
                    side.name, sides[0].name, answer, expected))
            if r >= warmups:
                side.samples.append(sample)
    for s in sides:
        s.clear()
    return sides
