"""The works: what is run, what it must answer, and its bar."""
import os
import re
import statistics

from .measure import Refused, Side, alternate, digest, parts, remove, run

GIB = 1 << 30
BESIDE_BUDGET_MB = 64  # What a job may use beside its budget.


def row(work, probe, ours, ratio, bar, met, note="", **facts):
    return {"work": work, "probe": probe, "ours": ours, "ratio": ratio, "bar": bar, "met": met,
            "note": note, **facts}


class Bench:
    """What the works share: tools, inputs, folders, options."""

    def __init__(self, tools, inputs, build, dist, options):
        self.tools, self.inputs, self.options = tools, inputs, options
        self.out = os.path.join(build, "out")
        self.logs = os.path.join(build, "logs")
        self.mr = os.path.join(dist, "bin", "mr")
        os.makedirs(self.out, exist_ok=True)
        self.size = options.size

    def bare(self, program, *arguments, answer=digest, env=None):
        out = os.path.join(self.out, "bare-" + program)
        return Side("bare-" + program, [self.tools[program], *self._with(out, arguments)], out, answer,
                    env)

    def ours(self, example, *arguments, settings=(), answer=digest, name=None):
        name = name or "mr-" + example
        out = os.path.join(self.out, name)
        d = [w for s in settings for w in ("-D", s)]
        return Side(name, [self.mr, "jar", example + ".so", *d, *self._with(out, arguments)], out,
                    answer)

    def have_ours(self, example):
        plugin = os.path.join(os.path.dirname(os.path.dirname(self.mr)), "lib", "mr", "examples",
                              example + ".so")
        return os.path.exists(self.mr) and os.path.exists(plugin)

    @staticmethod
    def _with(out, arguments):
        """OUT among the arguments stands for the output."""
        return [out if a is OUT else a for a in arguments]

    def settle(self, *files):
        return lambda: run([self.tools["settle"], str(self.options.settle_mb), *files],
                           os.path.join(self.logs, "settle.log"))

    def alternate(self, sides, *files, **more):
        return alternate(sides, self.options.rounds, self.settle(*files), self.logs, **more)

    def against_bare(self, work, bare, ours, example, bar, *files):
        """The usual row: bare and ours in turn, the ratio of the medians."""
        sides = [bare] + ([ours] if self.have_ours(example) else [])
        self.alternate(sides, *files)
        probe = bare.facts()
        if len(sides) == 1:
            return row(work, probe["wall_s"], None, None, "<= %g x bare" % bar, None,
                       "CPU %.2f s; mr is not built" % probe["cpu_s"], bare=probe)
        mine = ours.facts()
        ratio = mine["wall_s"] / probe["wall_s"]
        note = "CPU %.2f s and %.2f s" % (probe["cpu_s"], mine["cpu_s"])
        return row(work, probe["wall_s"], mine["wall_s"], ratio, "<= %g x bare" % bar, ratio <= bar,
                   note, bare=probe, mr=mine, cpu_ratio=mine["cpu_s"] / probe["cpu_s"])


OUT = object()
ONE_REDUCE = ("mapreduce.job.reduces=1",)
TWO_REDUCES = ("mapreduce.job.reduces=2",)


def wordcount(b):
    text = b.inputs.text(b.size or GIB)
    yield b.against_bare("wordcount", b.bare("wordcount", text, OUT),
                         b.ours("wordcount", text, OUT, settings=ONE_REDUCE), "wordcount", 1.6, text)


def wordcount_distinct(b):
    text = b.inputs.distinct(b.size or GIB)
    yield b.against_bare("wordcount-distinct", b.bare("wordcount", text, OUT),
                         b.ours("wordcount", text, OUT, settings=ONE_REDUCE), "wordcount", 2, text)


def count_of_match(out):
    """The one count and match of a grep, in whichever order the two fields stand."""
    lines = []
    for path in parts(out):
        with open(path, "rb") as f:
            lines += f.read().splitlines()
    return [sorted(line.split(b"\t")) for line in lines]


def grep(b):
    text = b.inputs.text(b.size or GIB)
    word = b.options.literal or rare_word(text)
    for name, env, bar in (("grep", None, 1.6), ("grep-simd", {"BARE_SIMD": "1"}, None)):
        bare = b.bare("grep", text, OUT, word, answer=count_of_match, env=env)
        if bar is None:
            b.alternate([bare], text)
            yield row(name, bare.facts()["wall_s"], None, None, "none", None,
                      "for information: the bar is memmem's", bare=bare.facts())
        else:
            yield b.against_bare(name, bare, b.ours("grep", text, OUT, word, answer=count_of_match),
                                 "grep", bar, text)


def rare_word(text):
    """The longest word of letters in the middle of the file: in Zipf text such a word is rare."""
    with open(text, "rb") as f:
        f.seek(os.path.getsize(text) // 2)
        words = re.findall(rb"\b[a-z]+\b", f.read(1 << 16))
    if not words:
        raise Refused("%s: no word of letters to look for; name one with --literal" % text)
    return max(sorted(set(words)), key=len).decode()


def terasort(b):
    records = (b.size or 10**9) // 100
    data = b.inputs.teragen(records)
    yield b.against_bare("terasort", b.bare("terasort", data, OUT),
                         b.ours("terasort", data, OUT, settings=TWO_REDUCES), "terasort", 1.7, data)
    # GNU sort needs lines; these records are lines and records at once, with distinct keys in front,
    # so that all three sort the same file and must write the same bytes.
    lines = b.inputs.lines(records)
    out = os.path.join(b.out, "gnu-sort")
    gnu = Side("gnu-sort", ["sort", "--parallel=2", "-S", "8G", "-T", b.out, "-o", out, lines], out,
               env={"LC_ALL": "C"})
    sides = [gnu, b.bare("terasort", lines, OUT)]
    if b.have_ours("terasort"):
        sides.append(b.ours("terasort", lines, OUT, settings=TWO_REDUCES))
    b.alternate(sides, lines)
    yield against_peer("terasort: GNU sort", gnu, sides[1:])


def against_peer(work, peer, others):
    """A peer's time over ours is to be at least 3."""
    theirs, bare = peer.facts(), others[0].facts()
    bar = "peer >= 3 x ours"
    if len(others) == 1:
        return row(work, theirs["wall_s"], None, None, bar, None,
                   "mr is not built; the bare program took %.2f s" % bare["wall_s"], peer=theirs, bare=bare)
    mine = others[1].facts()
    ratio = theirs["wall_s"] / mine["wall_s"]
    return row(work, theirs["wall_s"], mine["wall_s"], ratio, bar, ratio >= 3, "", peer=theirs,
               bare=bare, mr=mine)


def sort_big(b):
    records = (b.size or 10 * 10**9) // 100
    data = b.inputs.teragen(records)
    log = os.path.join(b.logs, "validate.log")

    def facts_of(*files):
        run([b.tools["validate"], *files], log, stdout=log + ".out")
        with open(log + ".out") as f:
            return f.read().split()

    want = facts_of(data)[:4]
    budget_mb = max(8, round(512 * records / 10**8)) if b.options.scale_budget else 512
    settings = TWO_REDUCES + ("mapreduce.task.io.sort.mb=%d" % (budget_mb // 2),
                              "mapreduce.local.map.tasks.maximum=2",
                              "mapreduce.local.reduce.tasks.maximum=2")
    temp, copied = os.path.join(b.out, "copy-temp"), os.path.join(b.out, "copy-out")
    rounds = min(b.options.rounds, 2) if records >= 5 * 10**7 else b.options.rounds
    have, samples = b.have_ours("terasort"), []
    # Each run finds its input in memory, whatever the one before did to it. Which way of copying is the faster one
    # depends on what memory costs; the faster one is the probe.
    probes = {(): [], ("forget",): []}
    ours = b.ours("terasort", data, OUT, settings=settings, name="mr-sort-big")
    for _ in range(rounds):
        for how, walls in probes.items():
            for folder in (temp, copied):
                remove(folder)
                os.makedirs(folder)
            b.settle(data)()
            walls.append(run([b.tools["copytwice"], data, temp, copied, *how],
                             os.path.join(b.logs, "copytwice.log")).wall)
            for folder in (temp, copied):
                remove(folder)
        if have:
            remove(ours.out)
            b.settle(data)()
            samples.append(run(ours.command, os.path.join(b.logs, "mr-sort-big.log")))
            got = facts_of(*parts(ours.out))
            if got != want + ["ordered", "yes"]:
                raise Refused("sort-big: the output says %s, the input %s" % (got, want))
            remove(ours.out)
    middle = {how: statistics.median(walls) for how, walls in probes.items()}
    best = min(middle, key=middle.get)
    probe, walls, bar = middle[best], probes[best], ">= 65 % of copying twice"
    said = "copying%s; %s took %.2f s" % ((" with advice", "without", middle[()]) if best else
                                          ("", "with advice", middle[("forget",)]))
    if not have:
        yield row("sort-big", probe, None, None, bar, None, "mr is not built; " + said, probe_walls_s=walls)
        return
    ours.samples = samples
    mine = ours.facts()
    yield row("sort-big", probe, mine["wall_s"], probe / mine["wall_s"], bar,
              probe / mine["wall_s"] >= 0.65, "budget %d MB; %s" % (budget_mb, said), probe_walls_s=walls, mr=mine)
    yield memory_row("sort-big: memory", mine["peak_mb"], 1.2 * budget_mb + BESIDE_BUDGET_MB)


def startup(b):
    path = os.path.join(b.inputs.data, "startup-1k.txt")
    with open(b.inputs.text(1 << 20), "rb") as f:
        head = f.read(1024)
    with open(path, "wb") as f:
        f.write(head[:head.rindex(b"\n") + 1])
    sides = [b.bare("wordcount", path, OUT)]
    if b.have_ours("wordcount"):
        sides.append(b.ours("wordcount", path, OUT, settings=ONE_REDUCE))
    alternate(sides, 50, lambda: None, b.logs, warmups=2)
    probe = sides[0].facts()
    if len(sides) == 1:
        yield row("startup", probe["wall_s"], None, None, "<= 20 ms", None, "mr is not built", bare=probe)
        return
    mine = sides[1].facts()
    yield row("startup", probe["wall_s"], mine["wall_s"], mine["wall_s"] / probe["wall_s"], "<= 20 ms",
              mine["wall_s"] <= 0.020, "", bare=probe, mr=mine)


def memory_row(work, peak, limit):
    return row(work, None, None, None, "<= %.0f MB" % limit, peak <= limit, "%.0f MB" % peak,
               peak_mb=peak, limit_mb=limit)


def memory(b):
    """Peak resident memory. The answers are those of the bare programs here too."""
    if not b.have_ours("wordcount"):
        yield row("memory", None, None, None, "<= 400 MB", None, "mr is not built")
        return
    size = b.size or GIB
    text, distinct = b.inputs.text(size), b.inputs.distinct(size)
    data = b.inputs.teragen((b.size or 10**9) // 100)
    word = b.options.literal or rare_word(text)
    budget = ("mapreduce.task.io.sort.mb=100", "mapreduce.local.map.tasks.maximum=2",
              "mapreduce.local.reduce.tasks.maximum=2")
    limit = 1.2 * 2 * 100 + BESIDE_BUDGET_MB
    jobs = (("wordcount", "wordcount", (text, OUT), ONE_REDUCE, 400, digest),
            ("wordcount, budget", "wordcount", (text, OUT), ONE_REDUCE + budget, limit, digest),
            ("wordcount-distinct", "wordcount", (distinct, OUT), ONE_REDUCE + budget, limit, digest),
            ("grep", "grep", (text, OUT, word), budget, limit, count_of_match),
            ("terasort", "terasort", (data, OUT), TWO_REDUCES + budget, limit, digest))
    for name, example, arguments, settings, bar, answer in jobs:
        bare = b.bare(example, *arguments, answer=answer)
        ours = b.ours(example, *arguments, settings=settings, answer=answer)
        alternate([bare, ours], 1, b.settle(arguments[0]), b.logs, warmups=0)
        yield memory_row("memory: " + name, ours.facts()["peak_mb"], bar)


def scaling(b):
    text = b.inputs.text(b.size or GIB)

    def tasks(n):
        return ONE_REDUCE + ("mapreduce.local.map.tasks.maximum=%d" % n,
                             "mapreduce.local.reduce.tasks.maximum=%d" % n)

    one = b.bare("wordcount", text, OUT, env={"BARE_THREADS": "1"})
    two = b.bare("wordcount", text, OUT)
    one.name, one.out = "bare-one-thread", one.out + "-one"
    one.command[-1] = one.out
    sides = [one, two]
    if b.have_ours("wordcount"):
        sides += [b.ours("wordcount", text, OUT, settings=tasks(n), name="mr-%d-threads" % n)
                  for n in (1, 2)]
    b.alternate(sides, text)
    walls = [s.facts()["wall_s"] for s in sides]
    note = "bare: %.2f x" % (walls[0] / walls[1])
    if len(sides) == 2:
        yield row("scaling", walls[1], None, None, "2 threads >= 1.8 x 1", None,
                  "mr is not built; " + note, bare=[s.facts() for s in sides])
        return
    ratio = walls[2] / walls[3]
    yield row("scaling", walls[2], walls[3], ratio, "2 threads >= 1.8 x 1", ratio >= 1.8,
              note, bare=[s.facts() for s in sides[:2]], mr=[s.facts() for s in sides[2:]])
