#!/bin/sh
# How long descent takes to compile, and how many templates a compiler instantiates for it.
#   sh benchmarks/compile_time/run.sh [--check] [--repeat N]
# Instantiations are counted by clang (CLANGXX, clang++), seconds are the fastest of N (3) with it and with
# g++ (CXX). --check: counts only, and fails where one is above its budget in budget.txt.
set -eu
cd "$(dirname "$0")"
clang=${CLANGXX:-clang++} gcc=${CXX:-g++} check='' repeat=3
while [ $# -gt 0 ]; do
  case $1 in
    --check) check=1 && shift ;;
    --repeat) repeat=$2 && shift 2 ;;
    *) echo "compile_time/run.sh: unknown option $1" >&2 && exit 2 ;;
  esac
done
eigen=
for prefix in $(printf %s "${CMAKE_PREFIX_PATH:-}" | tr ':;' '  ') /usr /usr/local /opt/homebrew; do
  [ -z "$eigen" ] && [ -e "$prefix/include/eigen3/Eigen/Core" ] && eigen=$prefix/include/eigen3
done
flags="-std=c++20 -O2 -I../../include -I../../tests -isystem ${eigen:?Eigen was not found}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

seconds() {  # COMPILER FILE: the least processor time of some compilations
  k=0
  while [ $k -lt "$repeat" ]; do
    # shellcheck disable=SC2086
    ( $1 $flags -c "$2" -o "$work/out.o" && times ) | tail -n 1 |
      sed -E 's/([0-9]+)m([0-9.]+)s ([0-9]+)m([0-9.]+)s/\1 \2 \3 \4/' | awk '{print 60 * ($1 + $3) + $2 + $4}'
    k=$((k + 1))
  done | sort -n | head -n 1
}

count() {  # FILE: the templates of classes and functions that clang instantiates in it
  # shellcheck disable=SC2086
  $clang $flags -O0 -ftime-trace -ftime-trace-granularity=0 -c "$1" -o "$work/count.o"
  grep -oE '"name":"Instantiate(Class|Function)"' "$work/count.json" | wc -l
}

failed=0
if [ "$check" ]; then
  while read -r name budget; do
    case $name in \#* | '') continue ;; esac
    found=$(count "$name.cpp")
    if [ "$found" -gt "$budget" ]; then verdict="above its budget" failed=1; else verdict=ok; fi
    printf '%-14s %7d instantiations, at most %7d: %s\n' "$name" "$found" "$budget" "$verdict"
  done <budget.txt
  exit $failed
fi
printf '| file | instantiations | s, %s | s, %s |\n|---|---|---|---|\n' "$(basename "$gcc")" "$(basename "$clang")"
for file in eigen adamw chain_of_four umbrella all_rules; do
  printf '| %s | %d | %.2f | %.2f |\n' "$(sed -n 's,^// \(.*\)$,\1,p' $file.cpp | sed -n 2p)" \
    "$(count $file.cpp)" "$(seconds "$gcc" $file.cpp)" "$(seconds "$clang" $file.cpp)"
done
