#!/usr/bin/env bash
# Stops what start-mapred.sh starts, the trackers first. Jobs that ran go on when it is started again. Exit status: 0; 1
# when a daemon did not stop.
set -euo pipefail
# shellcheck source=scripts/dfs-hosts.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/dfs-hosts.sh"
no_words "$@"

printf 'Stopping tasktrackers\n'
on_hosts stop tasktracker < <(worker_hosts)
jobtracker=$(jobtracker_host)
printf 'Stopping jobtracker on [%s]\n' "$jobtracker"
on_hosts stop jobtracker <<<"$jobtracker"
exit "$failed"
