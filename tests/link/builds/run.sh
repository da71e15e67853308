#!/bin/sh
# run.sh FOLDER COMPILER EIGEN_INCLUDES: files of one program may be compiled for different machines, or with another alignment
# of Eigen. Each keeps its own code, whatever the order of linking; if one passes an Optimizer to another, it does not link.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1 compiler=$2 eigen=$3
mkdir -p "$out"
cd "$out"
compile() {  # OUTPUT SOURCE OPTION...
  object=$1 source=$2
  shift 2
  "$compiler" -std=c++20 -O0 "-I$here/../../../include" -isystem "$eigen" "$@" -c "$here/$source" -o "$object"
}
plain= other="-march=native -DEIGEN_MAX_ALIGN_BYTES=128"

compile main.o main.cpp
compile plain.o part.cpp $plain -DTRAIN=train_plain
compile other.o part.cpp $other -DTRAIN=train_other
"$compiler" main.o plain.o other.o -o plain_first
"$compiler" main.o other.o plain.o -o other_first
./plain_first >plain_first.txt
./other_first >other_first.txt
diff plain_first.txt other_first.txt

compile pass.o pass.cpp $plain
compile take.o pass.cpp $plain -DTAKE
compile take_other.o pass.cpp $other -DTAKE
"$compiler" pass.o take.o -o pass
./pass
if "$compiler" pass.o take_other.o -o pass 2>errors.txt; then
  echo "An Optimizer was passed to a file of another build" >&2
  exit 1
fi
grep -q 'undefined reference to .*take(descent::v[0-9_]*.*::Optimizer<' errors.txt || { cat errors.txt; exit 1; }
