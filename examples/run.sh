#!/bin/sh
# Builds and runs an example; installs what is missing (Debian's packages).
#   sh examples/run.sh                     the main one: digits, whose pictures appear in build/demo
#   sh examples/run.sh NAME [ARGUMENT...]  examples/NAME.cpp or examples/ladder/NAME.cpp, run in build/demo
set -eu
cd "$(dirname "$0")/.."
name=${1:-digits}
[ $# = 0 ] || shift
if ! [ -f "examples/$name.cpp" ] && ! [ -f "examples/ladder/$name.cpp" ]; then
  echo "There is no example '$name'. Examples:" $(cd examples && ls *.cpp ladder/*.cpp | sed 's/\.cpp$//; s|^ladder/||') >&2
  exit 2
fi
. cmake/packages.sh
require g++ cmake ninja-build libeigen3-dev
cmake --preset demo
cmake --build --preset demo --target "example_$name"
cd build/demo
exec "examples/$name" "$@"
