#!/usr/bin/env python3
"""Kills the namenode of a private cluster and starts it again: restart_namenode.py PREFIX DIRECTORY."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from own_cluster import OwnCluster  # noqa: E402  (its folder was just named)

if __name__ == "__main__":
    cluster = OwnCluster(sys.argv[1], sys.argv[2])
    cluster.kill("namenode")
    cluster.up()
