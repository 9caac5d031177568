"""Figures of a cluster of `mr up`: jobs on it beside the same jobs embedded and bare, their launch, faults, memory."""
import contextlib
import glob
import hashlib
import os
import re
import statistics
import subprocess
import time

from harness import measure, processes
from harness.dfs import Cluster, GIB
from harness.works import BESIDE_BUDGET_MB, ONE_REDUCE, OUT, TWO_REDUCES, memory_row, row

NULL_JOBS, NULL_JOBS_WARM = 40, 3
EMPTY_MAPS = 1000
EXPIRY_S = 2
IDLE_SECONDS = 10
IDLE_LIMIT_MB = 20
SAMPLE_SECONDS = 0.05


class JobCluster(Cluster):
    """A private cluster that runs jobs, with what it owns in build/bench/cluster."""

    PARTS = ()

    def __init__(self, b, nodes, settings=()):
        self.nodes = nodes
        super().__init__(b.options.dist, os.path.join(b.options.build, "cluster"), nodes,
                         ("dfs.replication=1", *settings))
        if not os.path.exists(os.path.join(self.root, "run", "jobtracker.pid")):
            self.close()
            raise measure.Refused("this `mr up` starts no jobtracker")

    def heal(self):
        self.run("mr", "up", "-n", str(self.nodes))

    def trackers(self):
        """Process ids, in the order of their numbers."""
        names = glob.glob(os.path.join(self.root, "run", "*tracker-*.pid"))
        return [self.process(os.path.basename(n)[:-len(".pid")]) for n in sorted(names)]

    def daemons(self):
        """(name, process id) of all."""
        names = sorted(os.path.basename(n)[:-len(".pid")] for n in glob.glob(os.path.join(self.root, "run", "*.pid")))
        return [(n, self.process(n)) for n in names]

    def blocks(self):
        """The files that hold the data of the file system, to bring them into the page cache."""
        found = glob.glob(os.path.join(self.root, "data-*", "**", "blk_*"), recursive=True)
        return [f for f in found if not f.endswith(".meta")]


class Store:
    """A file system as the shell reaches it: ours, or a foreign one by its address."""

    def __init__(self, cluster, uri=None):
        self.cluster, self.words = cluster, ["dfs"] + (["-fs", uri] if uri else [])

    def shell(self, *words):
        return self.cluster.run(*self.words, *words)

    def put(self, source, target):
        self.shell("-put", source, target)

    def remove(self, path):
        self.shell("-rm", "-r", "-f", "-skipTrash", path)

    def digest(self, out):
        """As measure.digest of the same parts."""
        h, words = hashlib.sha256(), [*self.words, "-cat", out + "/part-*"]
        with subprocess.Popen(words, env=self.cluster.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as p:
            for block in iter(lambda: p.stdout.read(1 << 20), b""):
                h.update(block)
        if p.returncode != 0:
            raise measure.Refused("%s: exit %d" % (" ".join(words), p.returncode))
        return h.hexdigest()


class StoreSide(measure.Side):
    """A program whose output lies in a Store. `daemons` gives the process ids of those that do its work."""

    def __init__(self, name, command, out, store, env, daemons=None):
        super().__init__(name, command, out, store.digest, env)
        self.store, self.daemons = store, daemons

    def cpu_elsewhere(self):
        return processes.family_cpu_seconds(*self.daemons()) if self.daemons else 0

    def clear(self):
        self.store.remove(self.out)


def example_command(b, example, *words, settings=(), embedded=False):
    defines = [w for s in settings for w in ("-D", s)]
    return [b.mr, "jar", example + ".so", *(["--embedded"] if embedded else []), *defines, *words]


def embedded(b, example, *words, settings=()):
    out = os.path.join(b.out, "embedded-" + example)
    words = [out if w is OUT else w for w in words]
    return measure.Side("embedded-" + example, example_command(b, example, *words, settings=settings, embedded=True), out)


def on_cluster(b, cluster, example, *words, settings=(), name=None):
    name = name or "cluster-" + example
    words = ["/" + name if w is OUT else w for w in words]
    return StoreSide(name, example_command(b, example, *words, settings=settings), "/" + name, Store(cluster), cluster.env,
                     lambda: [pid for _, pid in cluster.daemons()])


def against(work, probe, mine, bar, word):
    """The row of one probe: the ratio of the medians."""
    theirs, ours = probe.facts(), mine.facts()
    ratio = ours["wall_s"] / theirs["wall_s"]
    note = "CPU %.2f s and %.2f s" % (theirs["cpu_s"], ours["cpu_s"])
    return row(work, theirs["wall_s"], ours["wall_s"], ratio, "<= %g x %s" % (bar, word), ratio <= bar, note,
               bare=theirs, mr=ours)


def need_ours(b, *examples):
    for example in examples:
        if not b.have_ours(example):
            raise measure.Refused("%s.so is not installed: scripts/quickstart" % example)


# Jobs ------------------------------------------------------------------------------------------------------------------


def cluster_wordcount(b):
    need_ours(b, "wordcount")
    text = b.inputs.text(b.size or GIB)
    with contextlib.closing(JobCluster(b, 1)) as cluster:
        Store(cluster).put(text, "/text")
        sides = [b.bare("wordcount", text, OUT), embedded(b, "wordcount", text, OUT, settings=ONE_REDUCE),
                 on_cluster(b, cluster, "wordcount", "/text", OUT, settings=ONE_REDUCE)]
        b.alternate(sides, text, *cluster.blocks())
        yield against("cluster-wordcount: bare", sides[0], sides[2], 2, "bare")
        yield against("cluster-wordcount: embedded", sides[1], sides[2], 1.35, "embedded")


def cluster_sort(b):
    need_ours(b, "terasort")
    data = b.inputs.teragen((b.size or 10**9) // 100)
    with contextlib.closing(JobCluster(b, 1)) as cluster:
        Store(cluster).put(data, "/data")
        sides = [b.bare("terasort", data, OUT), embedded(b, "terasort", data, OUT, settings=TWO_REDUCES),
                 on_cluster(b, cluster, "terasort", "/data", OUT, settings=TWO_REDUCES)]
        b.alternate(sides, data, *cluster.blocks())
        yield against("cluster-sort", sides[1], sides[2], 1.6, "embedded")


# Launch ----------------------------------------------------------------------------------------------------------------


def worst_but_one_percent(walls):
    """The 99th percentile by nearest rank: of 40 the greatest."""
    ordered = sorted(walls)
    return ordered[-(-len(ordered) * 99 // 100) - 1]


def null_job(b):
    """Whole `mr jar` processes that count two words, each with an output of its own; the first are not counted."""
    need_ours(b, "wordcount")
    local = os.path.join(b.out, "null.txt")
    with open(local, "w", encoding="ascii") as f:
        f.write("a b\n")
    with contextlib.closing(JobCluster(b, 2)) as cluster:
        store = Store(cluster)
        store.put(local, "/null.txt")
        apart = ("mapreduce.job.ubertask.enable=false",)
        kinds = (("embedded", local, os.path.join(b.out, "null-"), True, (), None, measure.digest),
                 ("cluster", "/null.txt", "/null-", False, (), cluster.env, store.digest),
                 ("apart", "/null.txt", "/apart-", False, apart, cluster.env, store.digest))
        for n in range(NULL_JOBS_WARM + NULL_JOBS):
            measure.remove(kinds[0][2] + str(n))
        walls = {kind[0]: [] for kind in kinds}
        for n in range(NULL_JOBS_WARM + NULL_JOBS):
            for name, source, out, here, settings, env, _ in kinds:
                command = example_command(b, "wordcount", source, out + str(n), settings=settings, embedded=here)
                walls[name].append(measure.run(command, os.path.join(b.logs, "null-%s.log" % name), env).wall)
        answers = {kind[6](kind[2] + str(n)) for n in range(NULL_JOBS_WARM + NULL_JOBS) for kind in kinds}
        if len(answers) != 1:
            raise measure.Refused("the null jobs gave %d different answers" % len(answers))
    for n in range(NULL_JOBS_WARM + NULL_JOBS):
        measure.remove(kinds[0][2] + str(n))
    counted = {name: w[NULL_JOBS_WARM:] for name, w in walls.items()}
    probe = statistics.median(counted["embedded"])
    note = "probe: the same job embedded; %d runs" % NULL_JOBS
    for name, title, middle_bar, worst_bar in (("cluster", "", 0.060, 0.200), ("apart", ", tasks in workers of their own", None, None)):
        for what, figure, bar in (("p50", statistics.median(counted[name]), middle_bar),
                                  ("p99", worst_but_one_percent(counted[name]), worst_bar)):
            yield row("null-job %s%s" % (what, title), probe, figure, figure / probe, "<= %.0f ms" % (bar * 1e3) if bar else "none",
                      figure <= bar if bar else None, note, walls_s=counted[name])


def last_line(path):
    with open(path, encoding="utf-8") as f:
        return f.read().splitlines()[-1]


class PrintingSide(measure.Side):
    """A program whose answer is the last line that it prints."""

    def __init__(self, b, name, command, env=None):
        super().__init__(name, command, os.path.join(b.logs, name + ".log.out"), last_line, env)


def empty_maps(b):
    """Maps that do next to nothing: each looks at one point. The cluster has two map slots."""
    need_ours(b, "pi")
    with contextlib.closing(JobCluster(b, 2, ["mapreduce.tasktracker.map.tasks.maximum=1",
                                              "mapreduce.tasktracker.reduce.tasks.maximum=1"])) as cluster:
        words = (str(EMPTY_MAPS), "1")
        sides = [PrintingSide(b, "embedded-pi", example_command(b, "pi", *words, embedded=True)),
                 PrintingSide(b, "cluster-pi", example_command(b, "pi", *words), cluster.env)]
        measure.alternate(sides, b.options.rounds, lambda: None, b.logs)
    probe, mine = sides[0].facts(), sides[1].facts()
    yield row("empty-maps", probe["wall_s"], mine["wall_s"], mine["wall_s"] / probe["wall_s"], "<= 3 s", mine["wall_s"] <= 3,
              "probe: the same embedded; %d maps, one reduce" % EMPTY_MAPS, bare=probe, mr=mine)


# Faults ----------------------------------------------------------------------------------------------------------------


PROGRESS = re.compile(rb"map ([0-9]+)% reduce ([0-9]+)%")


def killed_run(side, log, victim, deadline):
    """Runs the side and kills the process `victim` once a reduce has begun, at the latest after `deadline` seconds.

    Gives the wall time and a note about when that was.
    """
    note = None
    with open(log, "wb") as err:
        begin = time.perf_counter()
        p = subprocess.Popen(side.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err,
                             env={**os.environ, **side.env})
        while p.poll() is None:
            elapsed = time.perf_counter() - begin
            if note is None:
                with open(log, "rb") as f:
                    told = PROGRESS.findall(f.read())
                if elapsed >= deadline or told and int(told[-1][1]) > 0:
                    os.kill(victim, 9)
                    note = "killed after %.2f s" % elapsed
                    if told:
                        note += " at map %s%% reduce %s%%" % tuple(t.decode() for t in told[-1])
            time.sleep(0.005)
        wall = time.perf_counter() - begin
    if p.returncode != 0:
        with open(log, "rb") as f:
            raise measure.Refused("with a tracker killed the sort ends with %d; the end of %s:\n%s" % (
                p.returncode, log, f.read()[-600:].decode(errors="replace")))
    if note is None:
        raise measure.Refused("the sort ended before a tracker could be killed; take more with --size")
    return wall, note


def launched_maps(log):
    """How many attempts of map tasks the client says there were."""
    with open(log, encoding="utf-8", errors="replace") as f:
        told = re.search(r"Launched map tasks=([0-9]+)", f.read())
    if not told:
        raise measure.Refused("%s does not say how many map tasks were launched" % log)
    return int(told.group(1))


def tracker_killed(b):
    """A sort on two trackers, undisturbed and with one of them killed while the other fetches from it, in turn."""
    need_ours(b, "terasort")
    data = b.inputs.teragen((b.size or 10**9) // 100)
    walls, notes = {"calm": [], "killed": []}, []
    with contextlib.closing(JobCluster(b, 2, ["mapreduce.jobtracker.expire.trackers.interval=%d" % (EXPIRY_S * 1000)])) as cluster:
        Store(cluster).put(data, "/data")
        bare = b.bare("terasort", data, OUT)
        measure.run(bare.command, os.path.join(b.logs, "bare-terasort.log"))
        want = bare.answer(bare.out)
        bare.clear()
        side, blocks = on_cluster(b, cluster, "terasort", "/data", OUT, settings=TWO_REDUCES), cluster.blocks()
        for _ in range(1 + b.options.rounds):
            for kind in walls:
                side.clear()
                b.settle(*blocks)()
                log = os.path.join(b.logs, "sort-%s.log" % kind)
                if kind == "calm":
                    wall = measure.run(side.command, log, side.env).wall
                    maps = launched_maps(log)
                else:
                    wall, note = killed_run(side, log, cluster.trackers()[-1], walls["calm"][-1] / 2)
                    again = launched_maps(log) - maps
                    if again < 1:
                        raise measure.Refused("the tracker had nothing that was missed when it was " + note)
                    notes.append("%s; %d map attempts more than %d" % (note, again, maps))
                    cluster.heal()
                if side.answer(side.out) != want:
                    raise measure.Refused("cluster-terasort (%s) gives another answer than bare-terasort" % kind)
                walls[kind].append(wall)
    calm, killed = (statistics.median(w[1:]) for w in (walls["calm"], walls["killed"]))
    yield row("tracker-killed", calm, killed, killed / calm, "<= 1.3 x undisturbed + %d s" % EXPIRY_S,
              killed <= 1.3 * calm + EXPIRY_S, "last: " + notes[-1], calm_s=walls["calm"], killed_s=walls["killed"], notes=notes)


# Memory ----------------------------------------------------------------------------------------------------------------


def idle_memory(b):
    """Resident memory of each daemon of a fresh, idle cluster; that of a tracker with busy workers."""
    need_ours(b, "wordcount")
    with contextlib.closing(JobCluster(b, 1)) as cluster:
        time.sleep(IDLE_SECONDS)
        for name, pid in cluster.daemons():
            yield memory_row("idle-memory: " + name, processes.resident_mb(pid), IDLE_LIMIT_MB)
    yield from worker_memory(b)


def worker_memory(b):
    workers, budget = 4, 256
    text = b.inputs.text(b.size or GIB)
    limit = 1.2 * workers * budget + BESIDE_BUDGET_MB
    settings = ("mapreduce.tasktracker.map.tasks.maximum=%d" % workers, "mapreduce.tasktracker.reduce.tasks.maximum=1")
    with contextlib.closing(JobCluster(b, 1, settings)) as cluster:
        Store(cluster).put(text, "/text")
        bare = b.bare("wordcount", text, OUT)
        measure.run(bare.command, os.path.join(b.logs, "bare-wordcount.log"))
        # Blocks of this size give every worker something to do, whatever the size of the input.
        pieces = "mapreduce.input.fileinputformat.split.maxsize=%d" % max(1 << 20, os.path.getsize(text) // 16)
        side = on_cluster(b, cluster, "wordcount", "/text", OUT,
                          settings=ONE_REDUCE + (pieces, "mapreduce.task.io.sort.mb=%d" % budget))
        tracker, peak, most = cluster.trackers()[0], 0, 0
        with open(os.path.join(b.logs, "worker-memory.log"), "wb") as log:
            p = subprocess.Popen(side.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **side.env})
            while p.poll() is None:
                members = processes.family(tracker)
                peak, most = max(peak, sum(map(processes.proportional_mb, members))), max(most, len(members))
                time.sleep(SAMPLE_SECONDS)
        if p.returncode != 0:
            raise measure.Refused("cluster-wordcount: exit %d; see %s" % (p.returncode, log.name))
        if side.answer(side.out) != bare.answer(bare.out):
            raise measure.Refused("cluster-wordcount gives another answer than bare-wordcount")
        bare.clear()
    r = memory_row("tracker and %d workers" % workers, peak, limit)
    r["note"] += " (sum of PSS, at most %d processes); budget %d x %d MB" % (most, workers, budget)
    yield r
