#!/bin/sh
# What an include costs: processor seconds of `-fsyntax-only` (the lesser of two) and as a multiple of Eigen/Core.
#   sh benchmarks/compile_time/includes.sh       the table of docs/guide/numerics.md; CXX chooses the compiler
# With torch/torch.h if libtorch is among the system's headers.
set -eu
cd "$(dirname "$0")/../.."
eigen=
for prefix in $(printf %s "${CMAKE_PREFIX_PATH:-}" | tr ':;' '  ') /usr /usr/local /opt/homebrew; do
  [ -z "$eigen" ] && [ -e "$prefix/include/eigen3/Eigen/Core" ] && eigen=$prefix/include/eigen3
done
torch=/usr/include/torch/csrc/api/include
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

once() {
  (${CXX:-g++} -std=c++20 -w -fsyntax-only -I include -isystem "${eigen:?Eigen was not found}" -isystem $torch \
    "$work/file.cpp" && times) | tail -n 1 |
    sed -E 's/([0-9]+)m([0-9.]+)s ([0-9]+)m([0-9.]+)s/\1 \2 \3 \4/' | awk '{print 60 * ($1 + $3) + $2 + $4}'
}

seconds() {  # HEADER...
  for header; do echo "#include <$header>"; done >"$work/file.cpp"
  (once && once) | sort -n | head -n 1
}

row() {  # HEADER...
  [ "$1" = Eigen/Core ] && now=$base || now=$(seconds "$@")
  names=$(for header; do printf '`%s` and ' "$header"; done)
  echo "$now $base" | awk -v names="${names% and }" '{printf "| %s | %.2f | %.1f |\n", names, $1, $1 / $2}'
}

base=$(seconds Eigen/Core)
echo "| include | seconds | times \`Eigen/Core\` |"
echo "| --- | --- | --- |"
row Eigen/Core
row Eigen/Dense
row descent/core/schedule.hpp
row descent/core/optimizer.hpp
row descent/core/optimizer.hpp descent/optimizers/adam.hpp
row descent/training/minimize/minimize.hpp
row descent/training/fit/fit.hpp
row descent/io/checkpoint.hpp
row descent/training/chart/svg_chart.hpp
row descent/descent.hpp
[ ! -e $torch/torch/torch.h ] || row torch/torch.h
