#!/usr/bin/env bash
# Starts the file system: the namenode on the host that the configuration names, a datanode on every host of the file
# workers, by ssh where that is another machine. What runs already is left alone. dfs-hosts.sh tells of the variables.
# Exit status: 0; 1 when a daemon did not start.
set -euo pipefail
# shellcheck source=scripts/dfs-hosts.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/dfs-hosts.sh"
no_words "$@"

namenodes=$(namenode_hosts)
printf 'Starting namenodes on [%s]\n' "$(paste -sd' ' <<<"$namenodes")"
on_hosts start namenode <<<"$namenodes"
printf 'Starting datanodes\n'
on_hosts start datanode < <(worker_hosts)
exit "$failed"
