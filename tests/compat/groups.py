"""The groups of foreign clients: what each needs, how it is run, how long it may take."""

import dataclasses
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

import outcome

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from own_cluster import OwnCluster  # noqa: E402  (its folder was just named)

# Packages are fetched once and kept by the kits; a run without them does not wait longer than this.
SET_UP_SECONDS_MAX = 300

# Files as small as foreign tests like them; Hadoop's own tests say the same of their clusters.
SETTINGS = ("dfs.namenode.fs-limits.min-block-size=1024",)


@dataclasses.dataclass(frozen=True)
class Group:
    name: str
    folder: str         # of the kit: "java", "clients", "mr"; "" for our client against Hadoop's servers
    tools: tuple        # programs without which it cannot be run
    seconds_max: int
    words: tuple = ()   # further words for the kit
    quick: bool = False
    alone: bool = False  # measures time


ALL = (
    Group("wire", "java", ("java", "javac", "mvn"), 600, quick=True),
    Group("go", "clients", ("go",), 240, quick=True),
    Group("rust", "clients", ("python3",), 300, quick=True),
    Group("contract", "java", ("java", "javac", "mvn"), 1500, words=("--wipe",)),
    Group("shell", "java", ("java", "javac", "mvn"), 1200),
    Group("jobs", "java", ("java", "javac", "mvn"), 400),
    Group("rclone", "clients", (), 300),
    Group("spark", "clients", ("java",), 600),
    Group("hadoop", "", ("java",), 1200),
    Group("up", "mr", (), 120, alone=True),
    Group("kill9", "mr", (), 240, alone=True),
)


@dataclasses.dataclass(frozen=True)
class Place:
    prefix: pathlib.Path
    kit: pathlib.Path
    build: pathlib.Path
    logs: pathlib.Path
    excepted: dict


class Skipped(Exception):
    """The group cannot be run here; the text says why."""


class NoAnswer(Exception):
    """The group ran past its time."""


def _run(words, log, seconds_max, env=None):
    """The exit status of a program; what it prints goes to `log`. NoAnswer when it takes too long: it and what it started
    are ended then."""
    with open(log, "ab") as out:
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                   env=env, start_new_session=True)
        try:
            return process.wait(timeout=seconds_max)
        except subprocess.TimeoutExpired:
            raise NoAnswer("no end within %d s" % seconds_max) from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _set_up(group, place, log):
    """Has the kit fetch what it needs. Skipped when that is not possible."""
    if group.folder == "java":
        words = ["bash", place.kit / "java/run.sh", "--list", "--only", group.name]
    elif group.folder == "clients":
        words = ["bash", place.kit / "clients/run.sh", "--setup-only", "--only", group.name]
    else:
        return
    try:
        status = _run(words, log, SET_UP_SECONDS_MAX)
    except NoAnswer:
        raise Skipped("its packages could not be fetched within %d s" % SET_UP_SECONDS_MAX) from None
    if status != 0:
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        raise Skipped("its set-up failed: %s" % (last[0][:200] if last else "status %d" % status))


def _kit_words(group, place, cluster):
    if group.folder == "java":
        port = cluster.namenode_port()
        restart = "%s %s %s %s" % tuple(shlex.quote(str(word)) for word in (
            sys.executable, pathlib.Path(__file__).resolve().parent / "restart_namenode.py", place.prefix,
            cluster.directory))
        return ["bash", place.kit / "java/run.sh", "hdfs://127.0.0.1:%d" % port, "--only", group.name,
                "--restart-cmd", restart, *group.words]
    return ["bash", place.kit / "clients/run.sh", "127.0.0.1:%d" % cluster.namenode_port(), "--only", group.name,
            "--datanodes", "3", *group.words]


def _run_kit(group, place, log):
    script = place.kit / group.folder / "run.sh"
    if not script.is_file():
        raise Skipped("there is no acceptance kit at %s" % script)
    _set_up(group, place, place.logs / (group.name + ".setup.log"))
    if group.folder == "mr":
        _run(["bash", script, place.prefix, "--only", group.name], log, group.seconds_max)
    else:
        with tempfile.TemporaryDirectory(prefix="mr-kit-", ignore_cleanup_errors=True) as directory:
            cluster = OwnCluster(place.prefix, directory, settings=SETTINGS)
            cluster.up()
            try:
                _run(_kit_words(group, place, cluster), log, group.seconds_max)
            finally:
                cluster.down()
                shutil.copytree(cluster.state / "logs", place.logs / (group.name + ".daemons"), dirs_exist_ok=True)


def _run_hadoop(group, place, log):
    """Our client against Hadoop's own namenode and datanodes: a test program of ours, whose account becomes lines."""
    program = place.build / "tests/compat/hadoop/dfs_client_hadoop_test"
    if not program.is_file():
        raise Skipped("%s is not built; configure with -DMRD_TEST_HADOOP=ON" % program.name)
    report = place.logs / (group.name + ".xml")
    report.unlink(missing_ok=True)
    status = _run([program, "--reporter", "junit", "--out", report], log, group.seconds_max)
    try:
        suites = xml.parse(report).getroot()
    except (OSError, xml.ParseError) as fault:
        raise RuntimeError("the tests ended with status %d and without a report: %s" % (status, fault)) from None
    text = "".join(element.text or "" for element in suites.iter() if element.tag in ("system-out", "system-err"))
    count = dict.fromkeys(("PASS", "FAIL", "SKIP"), 0)
    with open(log, "a", encoding="utf-8") as out:
        for case in suites.iter("testcase"):
            told = " ".join("".join(case.itertext()).split())
            bad = case.find("failure") is not None or case.find("error") is not None
            verdict = "FAIL" if bad else "SKIP" if "skipped:" in told else "PASS"
            count[verdict] += 1
            print(verdict, "hadoop", case.get("name"), told if verdict != "PASS" else "", file=out)
        print(text, file=out)
        print("%(PASS)d passed, %(FAIL)d failed, %(SKIP)d skipped" % count, file=out)
    if status != 0 and count["FAIL"] == 0:
        raise RuntimeError("the tests ended with status %d, though none failed" % status)


def judge(group, place):
    """Runs a group; never raises for what the group does."""
    result = outcome.Outcome(group.name)
    log = place.logs / (group.name + ".log")
    log.unlink(missing_ok=True)
    began = time.monotonic()
    try:
        for tool in group.tools:
            if shutil.which(tool) is None:
                raise Skipped("there is no %s" % tool)
        (_run_kit if group.folder else _run_hadoop)(group, place, log)
    except Skipped as why:
        result.reason = str(why)
        result.skipped = 1
    except (NoAnswer, RuntimeError, OSError, subprocess.SubprocessError) as why:
        result.fault = str(why)
    result.seconds = time.monotonic() - began
    if log.exists():
        result.read(log.read_text(encoding="utf-8", errors="replace"), place.excepted)
    return result
