#!/bin/sh
# newer_compilers.sh FOLDER: compiles a program of several rules with compilers of Debian's next release and its Eigen, in a system
# of its own in FOLDER, with warnings as errors, and compares all bits with those of this computer's compiler. Nothing is
# installed elsewhere. Needs root and debootstrap; 77: one of them is not there. DESCENT_NEWER_COMPILERS chooses others.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
compilers=${DESCENT_NEWER_COMPILERS:-g++-16 g++-15 clang++-21}
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
  echo "newer compilers are left out: not root, or no debootstrap"
  exit 77
fi
mkdir -p "$1"
system=$(cd "$1" && pwd)/system
source=$system/descent

if ! [ -e "$system/complete" ]; then
  packages=$(printf '%s,' $compilers | sed 's/clang++/clang/g')
  debootstrap --variant=minbase --include="${packages}libeigen3-dev" forky "$system" http://deb.debian.org/debian \
    /usr/share/debootstrap/scripts/sid
  touch "$system/complete"
fi
rm -rf "$source"
mkdir "$source"
cp -R "$root/include" "$root/tests/consume/numbers.cpp" "$source"

# In Eigen's reductions each compiler fuses products and sums as it likes, unless this forbids it.
flags="-std=c++20 -O2 -ffp-contract=off"
for machine in x86-64 x86-64-v3; do
  grep -q '^flags.* fma ' /proc/cpuinfo || [ $machine = x86-64 ] || continue
  "${CXX:-g++}" $flags -march=$machine "-I$root/include" -isystem /usr/include/eigen3 "$source/numbers.cpp" -o "$source/numbers"
  (cd "$source" && ./numbers >wanted.txt)
  for compiler in $compilers; do
    chroot "$system" sh -c "cd /descent && $compiler $flags -march=$machine -Wall -Wextra -Wpedantic -Werror -I include \\
      -isystem /usr/include/eigen3 numbers.cpp -o newer && ./newer >found.txt"
    diff "$source/wanted.txt" "$source/found.txt"
    echo "$compiler, $machine: no warnings, and the bits of ${CXX:-g++}"
  done
done
