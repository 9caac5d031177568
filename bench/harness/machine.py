"""Facts about the machine and short probes of it, so that a figure can be judged later."""
import datetime
import mmap
import os
import platform
import subprocess
import time


def _line(path, key):
    with open(path) as f:
        for line in f:
            if line.startswith(key):
                return line.split(":", 1)[1].strip()
    return "unknown"


def _first(argv):
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        return (done.stdout or done.stderr).splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "not available"


def _disk_mb_s(folder):
    path, block, blocks = os.path.join(folder, "disk-probe"), b"\xa5" * (1 << 20), 512
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        begin = time.perf_counter()
        for _ in range(blocks):
            os.write(fd, block)
        os.fdatasync(fd)
        return blocks * 1.048576 / (time.perf_counter() - begin)
    finally:
        os.close(fd)
        os.remove(path)


def _cached_read_mb_s(folder):
    path, blocks = os.path.join(folder, "cache-probe"), 256
    buffer = mmap.mmap(-1, 1 << 20)
    buffer.write(bytes(1 << 20))
    with open(path, "wb") as f:
        for _ in range(blocks):
            f.write(buffer)
    try:
        best = 0
        for _ in range(3):
            with open(path, "rb", buffering=0) as f:
                begin = time.perf_counter()
                while f.readinto(buffer):
                    pass
                best = max(best, blocks * 1.048576 / (time.perf_counter() - begin))
        return best
    finally:
        os.remove(path)


def _first_touch_mb_s(settle):
    begin = time.perf_counter()
    subprocess.run([settle, "1024"], check=True)
    return 1073.7 / (time.perf_counter() - begin)


def facts(folder, settle, mr):
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "cpu": _line("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": int(_line("/proc/meminfo", "MemTotal").split()[0]) // 1024,
        "kernel": platform.release(),
        "compiler": _first(["g++", "--version"]),
        "mr": _first([mr, "version"]) if os.path.exists(mr) else "not built",
        "load_before": os.getloadavg()[0],
        "disk_write_mb_s": _disk_mb_s(folder),
        "cached_read_mb_s": _cached_read_mb_s(folder),
        "first_touch_of_memory_mb_s": _first_touch_mb_s(settle),
    }
