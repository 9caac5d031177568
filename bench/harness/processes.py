"""What the system says about running processes."""
import contextlib
import glob
import os
import re


def resident_mb(pid):
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        return int(re.search(r"VmRSS:\s+([0-9]+) kB", f.read()).group(1)) / 1024


def proportional_mb(pid):
    """What the process uses, pages shared with others by shares; 0 when it has ended."""
    try:
        with open("/proc/%d/smaps_rollup" % pid, encoding="utf-8") as f:
            return int(re.search(r"\nPss:\s+([0-9]+) kB", f.read()).group(1)) / 1024
    except (OSError, AttributeError):
        return 0


def _stat(text):
    """(process id, what follows the name): the name may hold spaces and brackets."""
    return int(text.split(None, 1)[0]), text.rsplit(")", 1)[1].split()


def _all():
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as f:
            yield _stat(f.read())


def family(*roots):
    """The processes and all that descend from them."""
    children = {}
    for pid, fields in _all():
        children.setdefault(int(fields[1]), []).append(pid)
    found, todo = [], list(roots)
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def family_cpu_seconds(*roots):
    """CPU time of the processes and all that descend from them, with that of children that ended and were waited for."""
    members, ticks = set(family(*roots)), 0
    for pid, fields in _all():
        if pid in members:
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")
