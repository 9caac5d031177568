# Functions of the scripts beside it. Sourced, never run:
#
#   root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
#   source "$root/scripts/lib.sh"
#
# Each step prints one line with its time; what its commands said is in build/logs.

logs="$root/build/logs"
jobs_max=2

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

now_us() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

# seconds 1234567 -> 1.2
seconds() { printf '%d.%d' $(($1 / 1000000)) $(($1 / 100000 % 10)); }

# step NAME COMMAND...: runs the command and prints the line. Never call it in a condition. When it fails, the
# end of its log follows and the script ends.
step() {
  local name=$1 start log status
  shift
  log="$logs/${0##*/}-${name//[^A-Za-z0-9]/-}.log"
  mkdir -p "$logs"
  start=$(now_us)
  # Not `|| status=$?`: in a condition bash ignores set -e, and a failing line in the middle would pass.
  set +e
  (set -euo pipefail; "$@") >"$log" 2>&1 </dev/null
  status=$?
  set -e
  local took
  took=$(seconds $(($(now_us) - start)))
  if [ "$status" -ne 0 ]; then
    printf '%-44s %8s s  FAILED\n' "$name" "$took"
    printf '%s: "%s" ended with status %s. The last lines of %s:\n' "${0##*/}" "$name" "$status" "$log" >&2
    tail -n 60 "$log" >&2
    exit 1
  fi
  printf '%-44s %8s s\n' "$name" "$took"
}

# The names under [SECTION]... of scripts/packages, each once.
packages_of() {
  local section line on=0
  while IFS= read -r line; do
    case $line in
      '' | '#'*) ;;
      '['*)
        on=0
        for section in "$@"; do
          if [ "$line" = "[$section]" ]; then on=1; fi
        done
        ;;
      *) if [ "$on" -eq 1 ]; then printf '%s\n' "$line"; fi ;;
    esac
  done <"$root/scripts/packages" | awk '!seen[$0]++'
}

missing_packages() {
  local package
  for package in $(packages_of "$@"); do
    case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true) in
      'install ok installed') ;;
      *) printf '%s\n' "$package" ;;
    esac
  done
}

apt_install() {
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# need_packages INSTALL SECTION...: installs what is missing; with INSTALL=no it names it and ends instead.
need_packages() {
  local install=$1 missing
  shift
  if ! command -v dpkg-query >/dev/null; then
    printf 'This is no Debian system, so packages are not checked. Needed, by their Debian 12 names:\n  %s\n' \
      "$(packages_of "$@" | paste -sd' ' -)"
    return 0
  fi
  missing=$(missing_packages "$@" | paste -sd' ' -)
  if [ -z "$missing" ]; then
    printf '%-44s %8s\n' 'packages: all installed' '-'
    return 0
  fi
  if [ "$install" = no ]; then
    die "missing packages: $missing. Install them with: apt-get install $missing"
  fi
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    die "missing packages: $missing. There is no sudo here: as root, run apt-get install $missing"
  fi
  printf 'Installing with apt-get: %s\n' "$missing"
  # sudo may have to ask for a password, which a step could not.
  if [ "$(id -u)" -ne 0 ]; then sudo true; fi
  # shellcheck disable=SC2086
  step 'install packages' apt_install $missing
}

# The value of a variable in a CMake cache, "" when there is none.
cached() {
  if [ -f "$1/CMakeCache.txt" ]; then sed -n "s/^$2:[A-Z]*=//p" "$1/CMakeCache.txt"; fi
}

# A build folder that was made for another place (the tree was moved or copied) cannot be used any more.
drop_foreign_build() {
  local build=$1 source=$2 home
  home=$(cached "$build" CMAKE_HOME_DIRECTORY)
  if [ -n "$home" ] && [ "$home" != "$source" ]; then rm -rf "$build"; fi
}

# configure PRESET NAME=VALUE...: skipped where nothing would change. Ninja notices changed CMake files by itself.
configure() {
  local preset=$1 build="$root/build/$1" setting changed=0
  shift
  drop_foreign_build "$build" "$root"
  [ -f "$build/build.ninja" ] || changed=1
  for setting in "$@"; do
    [ "$(cached "$build" "${setting%%=*}")" = "${setting#*=}" ] || changed=1
  done
  [ "$changed" -eq 1 ] || return 0
  (cd "$root" && cmake --preset "$preset" "${@/#/-D}")
}

# build PRESET [TARGET]: everything unless a target is named.
build() { cmake --build "$root/build/$1" -j "$jobs_max" ${2:+--target "$2"}; }

install_dist() { cmake --install "$root/build/release" --prefix "$root/build/dist"; }

# The examples see nothing of this tree but the installed prefix, as a user's plugin does.
build_examples() {
  local build="$root/build/examples"
  drop_foreign_build "$build" "$root/examples"
  if [ ! -f "$build/build.ninja" ]; then
    cmake -S "$root/examples" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_PREFIX_PATH="$root/build/dist" -DCMAKE_INSTALL_PREFIX="$root/build/dist"
  fi
  cmake --build "$build" -j "$jobs_max"
  cmake --install "$build"
}

# parse_install_option ARGUMENT...: sets `install` to yes or no.
parse_install_option() {
  install=yes
  local argument
  for argument in "$@"; do
    case $argument in
      --no-install) install=no ;;
      -h | --help) printf '%s\n' "$usage" && exit 0 ;;
      *) die "unknown argument '$argument'. $usage" ;;
    esac
  done
}
