#!/usr/bin/env bash
# Stops what start-dfs.sh starts, the namenode first so that it does not copy blocks of datanodes that leave.
# Exit status: 0; 1 when a daemon did not stop.
set -euo pipefail
# shellcheck source=scripts/dfs-hosts.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/dfs-hosts.sh"
no_words "$@"

namenodes=$(namenode_hosts)
printf 'Stopping namenodes on [%s]\n' "$(paste -sd' ' <<<"$namenodes")"
on_hosts stop namenode <<<"$namenodes"
printf 'Stopping datanodes\n'
on_hosts stop datanode < <(worker_hosts)
exit "$failed"
