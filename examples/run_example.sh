#!/bin/sh
# Runs an example and compares what comes out with what is expected:
#
#   run_example.sh MR EXPECTED PLUGIN ARGUMENT...
#
# OUT among the arguments stands for a fresh output directory. Every file of EXPECTED must come out with these bytes, and
# no other part file; a file named `stdout` is what the example prints.
set -eu
mr=$1 expected=$2 plugin=$3
shift 3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for argument; do
  shift
  if [ "$argument" = OUT ]; then argument=$work/out; fi
  set -- "$@" "$argument"
done

if ! "$mr" jar "$plugin" "$@" >"$work/stdout" 2>"$work/stderr"; then
  cat "$work/stderr"
  echo "$plugin did not succeed; see above"
  exit 1
fi

mkdir -p "$work/out"
if [ -e "$expected/stdout" ]; then cp "$work/stdout" "$work/out/stdout"; fi
# _SUCCESS names the machine's version and files; it must be there where there is output, and is not compared.
case " $* " in
  *" $work/out "*) [ -e "$work/out/_SUCCESS" ] || { echo "no _SUCCESS in the output"; exit 1; } ;;
esac
rm -f "$work/out/_SUCCESS"
diff -r "$expected" "$work/out"
# What rounds leave for each other must be gone.
left=$(cd "$work" && ls | grep -vxE 'out|stdout|stderr' || true)
if [ -n "$left" ]; then
  echo "left behind beside the output: $left"
  exit 1
fi
