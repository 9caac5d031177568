#!/usr/bin/env python3
"""Holds the tree against the rules: run_all.py ROOT [RULE]... Prints each fault; exit status 1 if there is one."""

import sys

import rules
import tree as trees


def main(root, *names):
    unknown = [name for name in names if name not in rules.ALL]
    if unknown:
        sys.exit(f"unknown rule {unknown[0]}; the rules are {', '.join(rules.ALL)}")
    tree = trees.Tree(root)
    faults = 0
    for name in names or rules.ALL:
        for fault in rules.ALL[name](tree):
            print(f"{name}: {fault}")
            faults += 1
    print(f"{len(tree.files)} files, {faults} faults")
    return 1 if faults or not tree.files else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
