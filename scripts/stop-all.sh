#!/usr/bin/env bash
# Stops MapReduce, then the file system: stop-mapred.sh and stop-dfs.sh. Exit status: 0; 1 when a daemon did not stop.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
failed=0
"$here/stop-mapred.sh" "$@" || failed=$?
[ "$failed" -le 1 ] || exit "$failed"
"$here/stop-dfs.sh" "$@" || failed=$?
exit "$failed"
