# What start-dfs.sh, start-mapred.sh and their stops share: which hosts there are, and one command on each. Sourced, never
# run.
#
#   MR_WORKERS        the file of hosts with a datanode and a tasktracker, one a line, # begins a comment; default
#                     $MR_CONF_DIR/workers. Where there is no such file the only one is this host
#   MR_SSH_OPTS       options of ssh; default: no questions, ten seconds to connect
#   MR_SSH_PARALLEL   hosts at once, default 10
#   MR_HOST_TIMEOUT   seconds that one host may take, default 120

prefix=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
MR_CONF_DIR=${MR_CONF_DIR:-${HADOOP_CONF_DIR:-$prefix/etc/mr}}
export MR_CONF_DIR
ssh_options=${MR_SSH_OPTS:-${HADOOP_SSH_OPTS:--o BatchMode=yes -o ConnectTimeout=10}}
parallel_max=${MR_SSH_PARALLEL:-${HADOOP_SSH_PARALLEL:-10}}
host_seconds=${MR_HOST_TIMEOUT:-120}
failed=0

no_words() {
  [ "$#" -eq 0 ] && return
  printf 'usage: %s\nTakes no words; MR_CONF_DIR names the site files and the file workers.\n' "${0##*/}" >&2
  case $1 in -h | --help) exit 0 ;; *) exit 255 ;; esac
}

namenode_hosts() { "$prefix/bin/hdfs" --config "$MR_CONF_DIR" getconf -namenodes | tr ' ' '\n'; }

# The host of mapreduce.jobtracker.address.
jobtracker_host() {
  local address
  address=$("$prefix/bin/hdfs" --config "$MR_CONF_DIR" getconf -confKey mapreduce.jobtracker.address) || address=local
  if [ "$address" = local ]; then
    printf 'mapreduce.jobtracker.address is not set in %s: the jobtracker runs on this host\n' "$MR_CONF_DIR" >&2
    address=localhost
  fi
  case $address in
    \[*) address=${address#[}; printf '%s\n' "${address%%]*}" ;;
    *) printf '%s\n' "${address%%:*}" ;;
  esac
}

worker_hosts() {
  local file=${MR_WORKERS:-${HADOOP_WORKERS:-$MR_CONF_DIR/workers}}
  if [ -e "$file" ]; then
    sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$file" | awk '!seen[$0]++'
  else
    printf 'localhost\n'
  fi
}

is_this_host() {
  local name
  case $1 in localhost | 127.* | ::1 | 0.0.0.0) return 0 ;; esac
  for name in "$(uname -n)" $(hostname -f 2>/dev/null || true) $(hostname -I 2>/dev/null || true); do
    if [ "$1" = "$name" ]; then return 0; fi
  done
  return 1
}

# on_host HOST WORD...: mr-daemon.sh with these words there, with the same directories as here.
on_host() {
  local host=$1 variable command
  shift
  if is_this_host "$host"; then
    timeout "$host_seconds" "$prefix/sbin/mr-daemon.sh" "$@" </dev/null
    return
  fi
  command=env
  for variable in MR_CONF_DIR MR_LOG_DIR MR_PID_DIR MR_STOP_TIMEOUT; do
    if [ -n "${!variable:-}" ]; then command+=" $(printf '%s=%q' "$variable" "${!variable}")"; fi
  done
  command+=$(printf ' %q' "$prefix/sbin/mr-daemon.sh" "$@")
  # The options are words.
  # shellcheck disable=SC2086
  timeout "$host_seconds" ssh $ssh_options -- "$host" "$command" </dev/null
}

# on_hosts WORD... <HOSTS: on_host for each line of standard input, several at once; a line for each host, in order.
# Remembers in `failed` that one went wrong.
on_hosts() {
  local folder hosts=() number status
  mapfile -t hosts
  folder=$(mktemp -d)
  for number in "${!hosts[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$parallel_max" ]; do wait -n || true; done
    {
      status=0
      on_host "${hosts[number]}" "$@" >"$folder/$number.out" 2>&1 || status=$?
      if [ "$status" -eq 124 ]; then printf 'no end within %s s\n' "$host_seconds" >>"$folder/$number.out"; fi
      printf '%s' "$status" >"$folder/$number.status"
    } &
  done
  wait
  for number in "${!hosts[@]}"; do
    status=$(cat "$folder/$number.status")
    if [ "$status" -eq 0 ]; then
      sed "s/^/${hosts[number]}: /" "$folder/$number.out"
    else
      failed=1
      if [ ! -s "$folder/$number.out" ]; then printf 'ended with status %s\n' "$status" >"$folder/$number.out"; fi
      sed "s/^/${hosts[number]}: /" "$folder/$number.out" >&2
    fi
  done
  rm -rf "$folder"
}
