#!/bin/sh
# run.sh FOLDER [EIGEN_INCLUDES]: compiles programs for Windows and for 64-bit ARM, runs them under wine and qemu, and compares
# all bits with those of the same program on this computer. A system without its compiler or its emulator is left out with a
# notice; 77: neither was there. Debian: g++-mingw-w64-x86-64 wine64 wine g++-aarch64-linux-gnu qemu-user.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
out=$1 eigen=${2:-/usr/include/eigen3}
mkdir -p "$out"
cd "$out"

windows_compiler=x86_64-w64-mingw32-g++-posix
arm_compiler=aarch64-linux-gnu-g++

build() {  # PROGRAM SOURCE COMPILER OPTION...
  program=$1 source=$2
  shift 2
  "$@" -std=c++20 -O1 -ffp-contract=off -Wall -Wextra -Wpedantic -Werror "-I$root/include" -isystem "$eigen" "$source" -static -o "$program"
}

run_windows() {  # PROGRAM OUTPUT
  WINEDEBUG=-all WINEPREFIX="$PWD/wine" wine "$1" 2>/dev/null >raw.txt || { cat raw.txt; return 1; }
  tr -d '\r' <raw.txt >"$2"
}

there() {  # TITLE COMMAND...
  title=$1
  shift
  for each; do
    command -v "$each" >/dev/null || { echo "$title is left out: $each was not found"; return 1; }
  done
}

windows() {
  there Windows $windows_compiler wine || return 0
  build numbers.exe "$root/tests/consume/numbers.cpp" $windows_compiler
  build files.exe "$here/files.cpp" $windows_compiler
  build first.exe "$root/examples/ladder/01_loop.cpp" $windows_compiler
  build numbers "$root/tests/consume/numbers.cpp" "${CXX:-g++}"
  ./numbers >numbers.txt
  run_windows numbers.exe windows.txt
  diff numbers.txt windows.txt
  run_windows files.exe files.txt
  run_windows first.exe first.txt
  grep -q "^found " first.txt
  tested=yes
  echo "Windows: $(wc -l <numbers.txt) trainings have this computer's bits; a new file replaces an old one"
}

# ARM has a fused product and sum, and registers of two doubles: the bits are those of x86 with FMA, but for sums over a
# matrix and dot products, whose order follows the size of a register.
arm() {
  there "64-bit ARM" $arm_compiler qemu-aarch64 || return 0
  build numbers.arm "$root/tests/consume/numbers.cpp" $arm_compiler -Wno-psabi
  build first.arm "$root/examples/ladder/01_loop.cpp" $arm_compiler -Wno-psabi
  qemu-aarch64 numbers.arm >arm.txt
  qemu-aarch64 first.arm >first.txt
  grep -q "^found " first.txt
  tested=yes
  grep -q '^flags.* fma ' /proc/cpuinfo || { echo "64-bit ARM: runs; this computer has no FMA to compare with"; return 0; }
  build numbers_fma "$root/tests/consume/numbers.cpp" "${CXX:-g++}" -march=x86-64-v3
  ./numbers_fma | grep -v Muon >numbers_fma.txt
  grep -v Muon arm.txt | diff numbers_fma.txt -
  echo "64-bit ARM: $(wc -l <numbers_fma.txt) trainings have this computer's bits"
}

tested=no
windows
arm
[ $tested = yes ] || exit 77
