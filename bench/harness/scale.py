"""What takes the file system long: many files, and many bytes to copy again after a datanode's death."""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time

from harness import measure, processes
from harness.dfs import Cluster, GIB, cpu_seconds
from harness.works import row

DATANODES = 4
PIECE = 256 << 20
SHARE_OF_COPY = 0.5
BEGIN_SECONDS_MAX = 1
# A datanode is dead after twice the first and ten times the second.
DEATH = ("dfs.namenode.heartbeat.recheck-interval=500", "dfs.heartbeat.interval=1")
DEATH_SECONDS = 2 * 0.5 + 10 * 1
REPLICATED_SECONDS_MAX = 3600
STOP_SECONDS_MAX = 600
FILES_DIRECTORY = "/bench/files"
# A file of one block takes six calls, each of which waits for the disk: more clients share a flush.
BLOCK_FILE_CLIENTS = 512


def tree_bytes(folder):
    """The length of all files below; a daemon may move some of them meanwhile, which then do not count."""
    total = 0
    for at, _, files in os.walk(folder):
        for f in files:
            with contextlib.suppress(FileNotFoundError):
                total += os.path.getsize(os.path.join(at, f))
    return total


def copy_seconds(source, target):
    """What the disk needs to copy these files, flushed, one after the other."""
    measure.remove(target)
    os.sync()
    begin = time.perf_counter()
    shutil.copytree(source, target)
    os.sync()
    seconds = time.perf_counter() - begin
    measure.remove(target)
    return seconds


def under_replicated(cluster):
    """Blocks that have fewer replicas than they shall have."""
    done = subprocess.run(["hdfs", "fsck", "/"], env=cluster.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    found = re.search(rb"Under-replicated blocks:\s+([0-9]+)", done.stdout)
    if not found:
        raise measure.Refused("fsck does not say how many blocks are under-replicated: %s" % done.stdout[-300:].decode())
    return int(found.group(1))


def wait_until(happened, seconds):
    """Seconds until it happened."""
    begin = time.perf_counter()
    while not happened():
        if time.perf_counter() - begin > seconds:
            raise measure.Refused("%s did not come true within %d s" % (happened.__name__, seconds))
        time.sleep(0.05)
    return time.perf_counter() - begin


def re_replication(b):
    """One of the datanodes is killed; how long until each block has two replicas again."""
    pieces = max(1, (b.size or 10 * GIB) // PIECE)
    piece = os.path.join(b.inputs.data, "piece-%d" % PIECE)
    if not os.path.exists(piece):
        with open(piece, "wb") as f:
            for _ in range(PIECE >> 20):
                f.write(os.urandom(1 << 20))
    folder = os.path.join(b.options.build, "scale")
    with contextlib.closing(Cluster(b.options.dist, folder, DATANODES, ("dfs.replication=2", *DEATH))) as cluster:
        for n in range(pieces):
            cluster.run("dfs", "-put", piece, "/piece-%d" % n)
        victim = os.path.join(cluster.root, "data-%d" % DATANODES)
        lost = tree_bytes(victim)
        probe = copy_seconds(victim, os.path.join(b.options.build, "copy-probe"))
        os.kill(cluster.process("datanode-%d" % DATANODES), 9)

        def declared_dead():
            return under_replicated(cluster) > 0

        def replicated_again():
            return under_replicated(cluster) == 0

        detection = wait_until(declared_dead, 10 * DEATH_SECONDS)
        others = [os.path.join(cluster.root, "data-%d" % n) for n in range(1, DATANODES)]
        before = sum(map(tree_bytes, others))

        def copying():
            return sum(map(tree_bytes, others)) > before

        began = wait_until(copying, DEATH_SECONDS)
        seconds = began + wait_until(replicated_again, REPLICATED_SECONDS_MAX)
        share = probe / seconds
        yield row("re-replication", probe, seconds, share, ">= %.2f of the probe" % SHARE_OF_COPY, share >= SHARE_OF_COPY,
                  "%.2f GB to copy; probe: copying the dead node's files, flushed; declared dead after %.1f s" % (
                      lost / 1e9, detection))
        yield row("re-replication begins", None, began, None, "<= %d s" % BEGIN_SECONDS_MAX, began <= BEGIN_SECONDS_MAX,
                  "after the datanode was declared dead")


def served_again(cluster):
    """Seconds from `mr up` until the namenode has answered a listing."""
    begin = time.perf_counter()
    cluster.run("mr", "up", "-n", "1", *cluster.PARTS)
    cluster.run("dfs", "-ls", FILES_DIRECTORY)
    return time.perf_counter() - begin


def stopped(cluster):
    """Seconds until the namenode has ended by itself; `mr down` would not wait for one that has millions of files to save."""
    pid = cluster.process("namenode")
    os.kill(pid, signal.SIGTERM)

    def namenode_ended():
        return not os.path.exists("/proc/%d" % pid)

    seconds = wait_until(namenode_ended, STOP_SECONDS_MAX)
    cluster.run("mr", "down")
    return seconds


def resident_bytes(cluster):
    return processes.resident_mb(cluster.process("namenode")) * 2**20


def files_made(b, load, operation, connections, what):
    """Files are made in a new cluster; the namenode is stopped and started with them, beside the same with none."""
    count = b.options.files
    # Replicas are reported by datanodes that the load generator plays, and nobody copies them.
    with contextlib.closing(Cluster(b.options.dist, os.path.join(b.options.build, "scale"), 1)) as cluster:
        replicas = os.path.join(cluster.home, "replicas")
        cluster.run("dfs", "-mkdir", "-p", FILES_DIRECTORY)
        cluster.run("mr", "down")
        empty = served_again(cluster)
        resident_empty = resident_bytes(cluster)

        def told(name):
            host, port = cluster.namenode()
            words = [load, host, port, name, str(count), str(connections), "/bench", replicas]
            return json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)

        made = told(operation)
        resident_made = resident_bytes(cluster)
        stop = stopped(cluster)
        start = served_again(cluster)
        cpu = cpu_seconds(cluster.process("namenode"))
        report = told("report")["seconds"] if operation == "blocks" else None
        counted = cluster.run("dfs", "-count", "/bench").split()
        if int(counted[1]) != count:
            raise measure.Refused("after the restart there are %s files, not %d" % (counted[1].decode(), count))
        resident = resident_bytes(cluster)
        disk = tree_bytes(os.path.join(cluster.root, "name"))
    millions = count / 1e6
    yield row("namenode-files: make, " + what, None, made["seconds"], None, "none", None,
              "%d files, %d per s; %.0f B of memory each" % (count, made["per_second"], (resident_made - resident_empty) / count))
    note = "probe: the start with none; %.2f s of CPU; stop %.2f s; %.0f B of disk each" % (cpu, stop, disk / count)
    if report:
        note += "; then %d replicas reported in %.2f s" % (3 * count, report)
    yield row("namenode-files: start, " + what, empty, start, None, "<= 1 s per million more than with none",
              start - empty <= max(1, millions), note)
    each = (resident - resident_empty) / count
    yield row("namenode-files: memory, " + what, None, None, None, "<= 150 B each", each <= 150,
              "%.0f B each, %.0f MB; empty namenode %.1f MB" % (each, resident / 1e6, resident_empty / 1e6), bytes_each=each)


def namenode_files(b):
    """Empty files, then files of one block with three replicas."""
    load = os.path.join(b.options.release, "bench", "namenode_load")
    if not os.path.exists(load):
        raise measure.Refused("%s is not there: ninja -C build/release namenode_load" % load)
    yield from files_made(b, load, "create", 64, "empty")
    yield from files_made(b, load, "blocks", BLOCK_FILE_CLIENTS, "one block, three replicas")
