#!/usr/bin/env bash
# Starts MapReduce: the jobtracker on the host that the configuration names, a tasktracker on every host of the file
# workers, by ssh where that is another machine. What runs already is left alone. dfs-hosts.sh tells of the variables.
# Exit status: 0; 1 when a daemon did not start.
set -euo pipefail
# shellcheck source=scripts/dfs-hosts.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/dfs-hosts.sh"
no_words "$@"

jobtracker=$(jobtracker_host)
printf 'Starting jobtracker on [%s]\n' "$jobtracker"
on_hosts start jobtracker <<<"$jobtracker"
printf 'Starting tasktrackers\n'
on_hosts start tasktracker < <(worker_hosts)
exit "$failed"
