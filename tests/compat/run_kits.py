#!/usr/bin/env python3
"""Runs foreign clients against private clusters of ours, one cluster for each group: run_kits.py PREFIX [options].

The programs are those of an acceptance kit that lies beside the project (--kit; without it everything is skipped) and our
client against Hadoop's own servers. A group without its tools, or whose packages cannot be had in time, says SKIP with the
reason. Cases of excepted.tsv may fail; any other failure fails the run, and so does a group that gives no answer."""

import argparse
import concurrent.futures
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

import groups  # noqa: E402  (its folder was just named)
import outcome  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prefix", type=pathlib.Path, help="an installation to judge")
    parser.add_argument("--kit", type=pathlib.Path, default=ROOT.parent / "shared" / "acceptance")
    parser.add_argument("--only", default="", help="names of groups, separated by commas")
    parser.add_argument("--quick", action="store_true", help="the groups that fit into every run of the suite")
    parser.add_argument("--again", action="store_true", help="a group that fails gets a second run, whose answer counts")
    parser.add_argument("--list", action="store_true", help="the names of the groups")
    parser.add_argument("--logs", type=pathlib.Path, default=None, help="where the output of each group is kept")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release", help="for group hadoop")
    parser.add_argument("--jobs", type=int, default=2, help="groups at the same time")
    words = parser.parse_args()
    known = [group.name for group in groups.ALL]
    chosen = [name for name in words.only.split(",") if name]
    if unknown := sorted(set(chosen) - set(known)):
        parser.error("no group %s; there are %s" % (", ".join(unknown), ", ".join(known)))
    words.chosen = [group for group in groups.ALL
                    if (not chosen or group.name in chosen) and (not words.quick or group.quick)]
    return words


def main():
    words = arguments()
    if words.list:
        print("\n".join(group.name for group in groups.ALL))
        return 0
    logs = words.logs or pathlib.Path(tempfile.mkdtemp(prefix="mr-kits-"))
    logs.mkdir(parents=True, exist_ok=True)
    place = groups.Place(words.prefix.resolve(), words.kit.resolve(), words.build.resolve(), logs.resolve(),
                         outcome.read_excepted(HERE / "excepted.tsv"))

    def one(group):
        result = groups.judge(group, place)
        print(result.line(), flush=True)
        if result.good() or not words.again:
            return result
        # Foreign tests have deadlines of their own, which a busy machine can miss. What is broken fails twice.
        for case in result.unexpected:
            print("failed at first: %s" % case, flush=True)
        log = logs / (group.name + ".log")
        if log.exists():
            log.rename(logs / (group.name + ".first.log"))
        result = groups.judge(group, place)
        print(result.line() + " (second run)", flush=True)
        return result

    results = []
    # What measures time has the machine to itself.
    for together in ([group for group in words.chosen if not group.alone], [group for group in words.chosen if group.alone]):
        jobs = words.jobs if together and not together[0].alone else 1
        with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
            results += pool.map(one, together)
    print()
    print(outcome.table(results))
    bad = [result for result in results if not result.good()]
    for result in bad:
        for case in result.unexpected:
            print("FAIL %s" % case)
        if result.fault:
            print("FAIL %s: %s" % (result.name, result.fault))
    print("Logs: %s" % logs)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
