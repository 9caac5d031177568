#!/usr/bin/env bash
# Starts the file system, then MapReduce: start-dfs.sh and start-mapred.sh. Exit status: 0; 1 when a daemon did not start.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
failed=0
"$here/start-dfs.sh" "$@" || failed=$?
[ "$failed" -le 1 ] || exit "$failed"
"$here/start-mapred.sh" "$@" || failed=$?
exit "$failed"
