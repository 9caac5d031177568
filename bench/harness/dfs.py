"""Figures of the file system: a private cluster of our own daemons, its probes, and a real Hadoop where its jars are."""
import contextlib
import json
import mmap
import os
import re
import shutil
import socket
import statistics
import subprocess
import threading
import time

from harness import measure

GIB = 1 << 30
BLOCK = 1 << 20


class Cluster:
    """A cluster of `mr up` in a directory of its own, on ports of its own; here the file system alone."""

    PARTS = ("--no-mapred",)

    def __init__(self, dist, folder, datanodes, settings=()):
        self.dist, self.home = dist, folder
        measure.remove(folder)
        os.makedirs(folder)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("HADOOP_", "MR_CONF", "XDG_"))}
        self.env.update(HOME=folder, XDG_DATA_HOME=os.path.join(folder, "data"),
                        PATH=os.path.join(dist, "bin") + ":" + self.env["PATH"])
        defines = [w for s in settings for w in ("-D", s)]
        self.root = os.path.join(folder, "data", "mr", "clusters", "default")
        try:
            self.run("mr", "up", "-n", str(datanodes), *self.PARTS, *defines)
        except BaseException:
            self.close()  # A part of it may run.
            raise

    def run(self, *words, stdout=subprocess.PIPE):
        done = subprocess.run(words, env=self.env, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise measure.Refused("%s: exit %d: %s" % (" ".join(words), done.returncode, done.stderr.decode()[-600:]))
        return done.stdout

    def process(self, role):
        with open(os.path.join(self.root, "run", role + ".pid"), encoding="utf-8") as f:
            return int(f.read().split()[0])

    def namenode(self):
        """Its host and port, as the site file for foreign clients has them."""
        with open(os.path.join(self.root, "conf", "core-site.xml"), encoding="utf-8") as f:
            return re.search(r"<value>hdfs://([^:<]+):([0-9]+)", f.read()).groups()

    def close(self):
        with contextlib.suppress(measure.Refused):
            self.run("mr", "down")
        shutil.rmtree(self.home, ignore_errors=True)


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def flushes():
    """Flush requests that the disks of this machine have completed: all programs' together."""
    total = 0
    with open("/proc/diskstats", encoding="utf-8") as f:
        for line in f:
            fields = line.split()
            if len(fields) > 18 and not fields[2].startswith(("loop", "ram")):
                total += int(fields[18])
    return total


# Probes ----------------------------------------------------------------------------------------------------------------


def dd(source, target):
    """`dd conv=fdatasync` of a cached file."""
    measure.remove(target)
    begin = time.perf_counter()
    subprocess.run(["dd", "if=" + source, "of=" + target, "bs=1M", "conv=fdatasync"], check=True, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - begin
    os.remove(target)
    return seconds


def loopback(size, target=None):
    """`size` bytes over a TCP connection of this machine, 1 MiB a call, none of them looked at; written to `target`, if any."""
    listener = socket.create_server(("127.0.0.1", 0))

    def send():
        peer, _ = listener.accept()
        block = mmap.mmap(-1, BLOCK)  # both at a page, which the kernel copies faster from and to
        block.write(bytes(BLOCK))
        for _ in range(size // BLOCK):
            peer.sendall(block)
        peer.close()

    sender = threading.Thread(target=send)
    sender.start()
    begin = time.perf_counter()
    stream, buffer, got = socket.create_connection(listener.getsockname()), mmap.mmap(-1, BLOCK), 0
    with open(target or os.devnull, "wb", buffering=0) as out:
        while True:
            n = stream.recv_into(buffer)
            if n == 0:
                break
            got += n
            if target:
                out.write(memoryview(buffer)[:n])
    seconds = time.perf_counter() - begin
    sender.join()
    stream.close()
    listener.close()
    assert got == size, got
    return seconds


def cached_read(path, target=None):
    """A cached file read from beginning to end, 1 MiB a call; written to `target`, if any."""
    buffer = mmap.mmap(-1, BLOCK)  # at a page: the kernel copies nearly twice as fast to there as to a bytearray
    begin = time.perf_counter()
    with open(path, "rb", buffering=0) as f, open(target or os.devnull, "wb", buffering=0) as out:
        while n := f.readinto(buffer):
            if target:
                out.write(memoryview(buffer)[:n])
    return time.perf_counter() - begin


# Works -----------------------------------------------------------------------------------------------------------------


def row(work, probe, ours, ratio, bar, met, note=""):
    return {"work": work, "probe": probe, "ours": ours, "ratio": ratio, "bar": bar, "met": met, "note": note}


TRANSFERS = (
    # Name, probe, bar as a share of the probe's speed (None: there is none), what it is.
    ("put", "dd", 0.65, "probe: dd conv=fdatasync; put does not flush"),
    ("put-sync", "dd", 0.65, "the same and sync after it"),
    ("get", "tcp", 0.50, "probe: raw loopback TCP; to a file, over TCP"),
    ("get", "tcp-file", None, "the same beside raw loopback TCP that is written to a file"),
    ("cat", "tcp", 0.50, "the same to /dev/null"),
    ("get-local", "cached", 0.60, "probe: page-cache read; to a file, by descriptor"),
    ("get-local", "copy", None, "the same beside a page-cache read that is written to a file"),
    ("cat-local", "cached", 0.60, "the same to /dev/null"))


def transfer(b):
    """put and get of 1 GiB, replication 1. Each round runs every probe and every transfer once."""
    size = b.options.size or GIB
    source = os.path.join(b.options.build, "data", "put-%d" % size)
    target = os.path.join(b.options.build, "out", "got")
    if not os.path.exists(source) or os.path.getsize(source) != size:
        os.makedirs(os.path.dirname(source), exist_ok=True)
        with open(source, "wb") as f:
            for _ in range(size // BLOCK):
                f.write(os.urandom(BLOCK))
    cluster = Cluster(b.options.dist, os.path.join(b.options.build, "dfs"), 1, ["dfs.replication=1"])

    def settle():
        os.sync()
        subprocess.run([b.tools["settle"], str(b.options.settle_mb)], check=True)
        cached_read(source)

    def timed(name, *words, after=None):
        measure.remove(target)
        settle()
        begin = time.perf_counter()
        subprocess.run(words, env=cluster.env, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if after:
            after()
        times[name].append(time.perf_counter() - begin)

    try:
        local = ["-D", "dfs.client.read.shortcircuit=true"]
        remote = ["-D", "dfs.client.read.shortcircuit=false"]
        times = {name: [] for t in TRANSFERS for name in t[:2]}
        cluster.run("dfs", "-put", source, "/file")
        for _ in range(b.options.rounds):
            settle()
            times["dd"].append(dd(source, os.path.join(b.options.build, "dd-probe")))
            times["tcp"].append(loopback(size))
            times["cached"].append(cached_read(source))
            for name, probe in (("tcp-file", lambda: loopback(size, target)), ("copy", lambda: cached_read(source, target))):
                measure.remove(target)
                settle()
                times[name].append(probe())
            timed("put", "dfs", "-put", "-f", source, "/file")
            timed("put-sync", "dfs", "-put", "-f", source, "/file", after=os.sync)
            timed("get", "dfs", *remote, "-get", "/file", target)
            timed("cat", "dfs", *remote, "-cat", "/file")
            timed("get-local", "dfs", *local, "-get", "/file", target)
            timed("cat-local", "dfs", *local, "-cat", "/file")
        timed("get", "dfs", "-get", "/file", target)
        if subprocess.run(["cmp", source, target], check=False).returncode != 0:
            raise measure.Refused("what was got is not what was put")
    finally:
        measure.remove(target)
        cluster.close()
    middle = {name: statistics.median(values) for name, values in times.items()}
    rows = []
    for name, probe, bar, note in TRANSFERS:
        share = middle[probe] / middle[name]
        wanted = "≥ %.2f of the probe" % bar if bar else "none"
        rows.append(row("dfs " + name, middle[probe], middle[name], share, wanted, share >= bar if bar else None, note))
    return rows


OPERATIONS = (("mkdirs", 100_000, 20_000), ("create", 50_000, 10_000), ("fileinfo", 200_000, 100_000),
              ("locations", 200_000, 60_000), ("rename", 50_000, 15_000), ("delete", 50_000, 15_000))


def namenode(b):
    """Operations a second with 64 clients beside the namenode, and the bare echo of as many connections."""
    load = os.path.join(b.options.release, "bench", "namenode_load")
    if not os.path.exists(load):
        raise measure.Refused("%s is not there: ninja -C build/release namenode_load" % load)
    cluster = Cluster(b.options.dist, os.path.join(b.options.build, "dfs"), 3)
    try:
        host, port = cluster.namenode()
        data = os.path.join(cluster.home, "small")
        os.makedirs(data)
        for i in range(64):
            with open(os.path.join(data, str(i)), "w", encoding="utf-8") as f:
                f.write("%d\n" % i)
        cluster.run("dfs", "-mkdir", "-p", "/bench/data")
        cluster.run("dfs", "-put", *(os.path.join(data, str(i)) for i in range(64)), "/bench/data")
        pid = cluster.process("namenode")
        subprocess.run([b.tools["echo"], "1"], check=True, stdout=subprocess.DEVNULL)
        bare = json.loads(subprocess.run([b.tools["echo"], "3"], check=True, stdout=subprocess.PIPE).stdout)
        rows = []
        for name, count, bar in OPERATIONS:
            if b.options.size:
                count = max(1000, count * b.options.size // GIB)
            cpu, flushed = cpu_seconds(pid), flushes()
            out = subprocess.run([load, host, port, name, str(count)], check=True, stdout=subprocess.PIPE).stdout
            done = json.loads(out)
            cpu, flushed = cpu_seconds(pid) - cpu, flushes() - flushed
            rate = done["per_second"]
            note = "%.1f µs CPU of the namenode, %.1f of the client; %.3f disk flushes each; bare echo %d/s" % (
                cpu * 1e6 / count, done["client_cpu_us"], flushed / count, bare["per_second"])
            rows.append(row("namenode " + name, 1 / bare["per_second"], 1 / rate, rate, "≥ %d per s" % bar, rate >= bar, note))
        return rows
    finally:
        cluster.close()
