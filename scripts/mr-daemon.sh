#!/usr/bin/env bash
# One daemon on this host, in the background.
#
#   mr-daemon.sh start|stop|status namenode|datanode|jobtracker|tasktracker [OPTION...]
#
# OPTIONs go to the daemon. MR_CONF_DIR (else HADOOP_CONF_DIR, else etc/mr of this installation) holds the site files,
# MR_LOG_DIR the logs, MR_PID_DIR the process ids; the last two are ~/.local/state/mr/logs and .../run by default.
# Exit status: 0; 1 failed; of status also 3, not running; 255 wrong words.
set -euo pipefail
prefix=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)

usage() {
  printf 'usage: %s start|stop|status namenode|datanode|jobtracker|tasktracker [OPTION...]\n' "${0##*/}" >&2
  exit 255
}

[ $# -ge 2 ] || usage
action=$1 name=$2
shift 2
case $name in namenode | datanode | jobtracker | tasktracker) ;; *) usage ;; esac

MR_CONF_DIR=${MR_CONF_DIR:-${HADOOP_CONF_DIR:-$prefix/etc/mr}}
export MR_CONF_DIR
state=${XDG_STATE_HOME:-${HOME:?is not set}/.local/state}/mr
logs=${MR_LOG_DIR:-${HADOOP_LOG_DIR:-$state/logs}}
run=${MR_PID_DIR:-${HADOOP_PID_DIR:-$state/run}}
user=$(id -un)
pid_file=$run/mr-$user-$name.pid
log_file=$logs/mr-$user-$name-$(uname -n).log
stop_seconds=${MR_STOP_TIMEOUT:-60}

# Prints the process of the pid file if it lives. One that took over the number of a dead one does not name the file.
running() {
  local pid
  [ -s "$pid_file" ] || return 1
  pid=$({ tr -dc '0-9' <"$pid_file"; } 2>/dev/null) || return 1  # it may go at any moment
  if [ -n "$pid" ] && tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF -e "$pid_file"; then
    printf '%s' "$pid"
  else
    return 1
  fi
}

start() {
  local pid said
  if pid=$(running); then
    printf '%s is running as process %s\n' "$name" "$pid"
    return 0
  fi
  mkdir -p "$logs" "$run"
  # In a file: a pipe that the daemon inherits would keep ssh waiting.
  said=$(mktemp "$run/mr-start.XXXXXX")
  if "$prefix/bin/$name" --conf "$MR_CONF_DIR" --daemon --log "$log_file" --pid-file "$pid_file" "$@" \
    >"$said" 2>&1 </dev/null; then
    rm -f "$said"
    pid=$(running) || { printf '%s started and ended again; see %s\n' "$name" "$log_file" >&2; return 1; }
    printf '%s started as process %s\n' "$name" "$pid"
  else
    printf '%s did not start: %s\nIts log: %s\n' "$name" "$(tail -n 3 "$said")" "$log_file" >&2
    rm -f "$said"
    return 1
  fi
}

stop() {
  local pid left
  if ! pid=$(running); then
    printf '%s is not running\n' "$name"
    return 0
  fi
  kill "$pid"
  for ((left = stop_seconds * 10; left > 0; --left)); do
    if ! running >/dev/null; then
      printf '%s stopped\n' "$name"
      return 0
    fi
    sleep 0.1
  done
  printf '%s, process %s, did not stop within %s s; see %s\n' "$name" "$pid" "$stop_seconds" "$log_file" >&2
  return 1
}

status() {
  local pid
  if pid=$(running); then
    printf '%s is running as process %s\n' "$name" "$pid"
  elif [ -e "$pid_file" ]; then
    printf '%s ended without removing %s\n' "$name" "$pid_file"
    return 1
  else
    printf '%s is not running\n' "$name"
    return 3
  fi
}

case $action in
  start) start "$@" ;;
  stop) stop ;;
  status) status ;;
  *) usage ;;
esac
