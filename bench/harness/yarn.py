"""Our cluster and our namenode beside Hadoop's on the same machine, in turn."""
import contextlib
import os
import re

from harness import hadoop, measure
from harness.cluster import JobCluster, PrintingSide, Store, StoreSide, need_ours, on_cluster
from harness.dfs import Cluster, GIB
from harness.works import ONE_REDUCE, OUT, TWO_REDUCES, row

TASKS = 100
NULL_ROUNDS_MAX = 3
LONG_ROUNDS = 1  # Hadoop takes minutes for some jobs.
CLIENT_HEAP_MB = 512
EXAMPLES = "org.apache.hadoop.examples."


def hadoop_side(name, peer, cluster, program, *words, settings=()):
    """An example of Hadoop's as a whole client process, its output in Hadoop's file system."""
    out = "/" + name
    words = [out if w is OUT else w for w in words]
    defines = ["-D" + s for s in settings]
    return StoreSide(name, peer.java(CLIENT_HEAP_MB, EXAMPLES + program, *defines, *words), out,
                     Store(cluster, peer.uri()), peer.env)


def beside(b, work, theirs, ours, rounds, *files, warmups):
    """The row of one job: Hadoop's time over ours."""
    measure.alternate([theirs, ours], rounds, b.settle(*files), b.logs, warmups=warmups)
    their, mine = theirs.facts(), ours.facts()
    ratio = their["wall_s"] / mine["wall_s"]
    return row("yarn: " + work, their["wall_s"], mine["wall_s"], ratio, "Hadoop >= 50 x ours", ratio >= 50,
               "%d runs" % rounds, peer=their, mr=mine)


def yarn(b):
    """The same jobs on Hadoop's YARN and on `mr up -n 1`: whole client processes, the same answers."""
    need_ours(b, "wordcount", "terasort", "pi")
    hadoop.jars(b.options.build)
    text, data = b.inputs.text(b.size or GIB), b.inputs.teragen((b.size or 10**9) // 100)
    small = os.path.join(b.out, "null.txt")
    with open(small, "w", encoding="ascii") as f:
        f.write("a b\n")
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(contextlib.closing(JobCluster(b, 1)))
        peer = stack.enter_context(contextlib.closing(hadoop.Hadoop(b.options.build, os.path.join(b.options.build, "yarn"), "yarn")))
        for store in (Store(cluster), Store(cluster, peer.uri())):
            for source, target in ((small, "/null.txt"), (text, "/text"), (data, "/data")):
                store.put(source, target)
        # Ours runs a job as small as this in one worker, which Hadoop does only when asked to.
        for title, settings in (("null job", ()), ("null job, asked to run it in its master", ("mapreduce.job.ubertask.enable=true",))):
            yield beside(b, title, hadoop_side("yarn-null", peer, cluster, "WordCount", "/null.txt", OUT, settings=settings),
                         on_cluster(b, cluster, "wordcount", "/null.txt", OUT, name="cluster-null"),
                         min(b.options.rounds, NULL_ROUNDS_MAX), warmups=1)
        pi = peer.java(CLIENT_HEAP_MB, EXAMPLES + "QuasiMonteCarlo", TASKS, 1)
        yield beside(b, "%d tasks" % TASKS, PrintingSide(b, "yarn-pi", pi, peer.env),
                     PrintingSide(b, "cluster-pi", [b.mr, "jar", "pi.so", str(TASKS), "1"], cluster.env),
                     LONG_ROUNDS, warmups=0)
        yield beside(b, "word count", hadoop_side("yarn-wordcount", peer, cluster, "WordCount", "/text", OUT, settings=ONE_REDUCE),
                     on_cluster(b, cluster, "wordcount", "/text", OUT, settings=ONE_REDUCE), LONG_ROUNDS, warmups=0)
        yield beside(b, "sort", hadoop_side("yarn-terasort", peer, cluster, "terasort.TeraSort", "/data", OUT, settings=TWO_REDUCES),
                     on_cluster(b, cluster, "terasort", "/data", OUT, settings=TWO_REDUCES), LONG_ROUNDS, warmups=0)


# Hadoop's own measurement of a namenode, in remote mode: ours answers to it as Hadoop's does.
BENCHMARK = "org.apache.hadoop.hdfs.server.namenode.NNThroughputBenchmark"
OPERATIONS = ("mkdirs", "create", "open", "fileStatus", "rename", "delete")
THREADS, COUNT, ROUNDS_MAX = 64, 20_000, 3
BENCHMARK_HEAP_MB = 768


def nnthroughput(b):
    """Operations a second of both namenodes, each with one datanode, asked by the same program in turn."""
    count = max(1000, COUNT * b.size // GIB) if b.size else COUNT
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(contextlib.closing(Cluster(b.options.dist, os.path.join(b.options.build, "dfs"), 1)))
        peer = stack.enter_context(contextlib.closing(hadoop.Hadoop(b.options.build, os.path.join(b.options.build, "nn"), "hdfs")))
        sides = {"hadoop": peer.uri(), "ours": "hdfs://%s:%s" % cluster.namenode()}
        for operation in OPERATIONS:
            rates = {name: [] for name in sides}
            for r in range(1 + min(b.options.rounds, ROUNDS_MAX)):
                for name, uri in sides.items():
                    rate = throughput(b, peer, name, uri, operation, count)
                    if r > 0:  # The first round finds neither warm.
                        rates[name].append(rate)
            theirs, ours = (sorted(rates[name])[len(rates[name]) // 2] for name in sides)
            yield row("nnthroughput " + operation, 1 / theirs, 1 / ours, ours / theirs, "ahead of Hadoop", ours > theirs,
                      "%.0f per s, Hadoop %.0f" % (ours, theirs), per_second=rates)


def throughput(b, peer, name, uri, operation, count):
    log = os.path.join(b.logs, "nnthroughput-%s-%s.log" % (operation, name))
    command = peer.java(BENCHMARK_HEAP_MB, BENCHMARK, "-fs", uri, "-op", operation, "-threads", THREADS,
                        "-dirs" if operation == "mkdirs" else "-files", count)
    measure.run(command, log, peer.env)
    with open(log, encoding="utf-8", errors="replace") as f:
        text = f.read()
    done, rate = re.search(r"# operations: ([0-9]+)", text), re.search(r"Ops per sec: ([0-9.]+)", text)
    if not done or not rate or int(done.group(1)) != count:
        raise measure.Refused("NNThroughputBenchmark did not do its %d of %s; see %s" % (count, operation, log))
    return float(rate.group(1))
