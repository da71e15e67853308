#!/bin/sh
# single_header.sh CMAKE FOLDER COMPILER EIGEN_INCLUDES: descent as one file does what the folder does, to the last bit, and
# compiles without a warning, with clang++ as well if it is there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
cmake=$1 out=$2 compiler=$3 eigen=$4
mkdir -p "$out/alone"
"$cmake" -D "OUTPUT=$out/alone/descent_single.hpp" -P "$root/cmake/single_header.cmake"
"$cmake" -D "OUTPUT=$out/alone/with_files.hpp" -D "HEADERS=descent/descent.hpp;descent/io/checkpoint.hpp" \
  -P "$root/cmake/single_header.cmake"

cd "$out"
echo '#include "descent_single.hpp"
#include "descent_single.hpp"
descent::Adam adam;' >alone/alone.cpp
"$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -isystem "$eigen" alone/alone.cpp
"$compiler" -std=c++20 -O0 "-I$root/include" -isystem "$eigen" "$here/numbers.cpp" -o folder
./folder >folder.txt
for each in "$compiler" clang++; do
  command -v "$each" >/dev/null || continue
  "$each" -std=c++20 -O0 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion -Werror \
    -isystem "$eigen" '-DDESCENT_HEADER="alone/with_files.hpp"' -I. "$here/numbers.cpp" -o single
  ./single >single.txt
  diff folder.txt single.txt
done
