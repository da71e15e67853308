#!/bin/sh
# The table of docs/guide/write_only_the_loss.md: one gradient by each tool that is installed, one after the other.
#   sh benchmarks/write_only_the_loss.sh [FLAG...]      flags for the compiler, after -O2 -march=native
# Needs two minutes, and ADOL-C (Debian: libadolc-dev) and Ceres (libceres-dev), or leaves them out.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
eigen=$(pkg-config --variable=prefix eigen3 2>/dev/null || echo /usr)/include/eigen3

echo "| tool | 16, fixed size | 16 | 112 | 17 226 | memory then | to compile |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
for tool in by_hand numerical_gradient autodiff ceres_jet adolc; do
  # ADOL-C is the only one that is linked.
  ("${CXX:-g++}" -std=c++20 -O2 -march=native -DNDEBUG "$@" -I include -isystem "$eigen" -DDESCENT_TOOL_$tool \
    benchmarks/write_only_the_loss.cpp -o "$folder/$tool" $([ $tool != adolc ] || echo -ladolc) 2>"$folder/log" &&
    times >"$folder/times") || { echo "| \`$tool\` | not installed | | | | | |" && continue; }
  compiled=$(awk 'NR == 2 { split($1, time, /[ms]/); printf "%.1f s", 60 * time[1] + time[2] }' "$folder/times")
  row="| \`$tool\`" memory=
  for problem in small dynamic medium digits; do
    if [ $tool-$problem = autodiff-digits ]; then  # 17 226 derivatives in each of 17 226 parameters: 2.4 GB
      row="$row | - " memory="more than 2.4 GB"
      continue
    fi
    result=$("$folder/$tool" $problem)
    echo "$tool $problem: ms, MB, error: $result" >&2
    row="$row | $(echo "$result" | awk '{ printf $1 < 1 ? "%.1f us" : "%.1f ms", $1 < 1 ? 1000 * $1 : $1 }')"
    memory=$(echo "$result" | awk '{ print $2 " MB" }')
  done
  echo "$row | $memory | $compiled |"
done
