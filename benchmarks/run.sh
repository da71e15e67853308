#!/bin/sh
# Builds the benchmarks, runs all programs in turn, several rounds, and writes a table and a picture.
#   sh benchmarks/run.sh [--quick] [--rounds N] [--only "PROGRAM..."] [--compiler CXX] [--march ARCH]
#                        [--optimization -O2] [--output FOLDER] [--option CMAKE_OPTION]...
# --quick: the common rules up to 20 million parameters, some two minutes of measuring. Installs what is
# missing (Debian's packages); measures beside libtorch and ensmallen where they are installed.
set -eu
command="sh benchmarks/run.sh $*"
cd "$(dirname "$0")/.."
. cmake/packages.sh

rounds=7 milliseconds=10 quick='' only='' compiler=${CXX:-g++} march=native optimization=-O3 output=''
parts=12
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=--quick rounds=5 milliseconds=4 parts=0 && shift && continue ;;
    --rounds) rounds=$2 ;;
    --only) only=$2 ;;
    --compiler) compiler=$2 ;;
    --march) march=$2 ;;
    --optimization) optimization=$2 ;;
    --output) output=$2 ;;
    --option) options="${options:-} $2" ;;
    *) echo "run.sh: unknown option $1" >&2 && exit 2 ;;
  esac
  shift 2
done

require g++ cmake ninja-build libeigen3-dev nlohmann-json3-dev libbenchmark-dev
build=build/bench-$(basename "$compiler")$optimization-$march
results=${output:-$build/results}
# shellcheck disable=SC2086
cmake -G Ninja -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_FLAGS="-march=$march" -DCMAKE_CXX_FLAGS_RELEASE="$optimization -DNDEBUG" \
  -DDESCENT_BUILD_TESTS=OFF -DDESCENT_BUILD_EXAMPLES=OFF -DDESCENT_BUILD_BENCHMARKS=ON \
  -DDESCENT_BENCHMARK_PARTS=$parts ${options:-}
programs=${only:-$(cat "$build/benchmarks/programs.txt")}
for program in $programs report; do set -- "$@" "benchmark_$program"; done
cmake --build "$build" --target "$@"

rm -rf "$results/rounds"
round=1
while [ $round -le "$rounds" ]; do
  echo "Round $round of $rounds"
  mkdir -p "$results/rounds/$round"
  for program in $programs; do
    "$build/benchmarks/$program" $quick --milliseconds=$milliseconds --benchmark_out_format=json \
      --benchmark_out="$results/rounds/$round/$program.json" >/dev/null 2>"$results/log" ||
      { cat "$results/log" >&2 && exit 1; }
  done
  round=$((round + 1))
done
"$build/benchmarks/report" "$results/rounds" "$results/results.md" "$results/results.svg" "$command"
echo "Written: $results/results.md and $results/results.svg"
