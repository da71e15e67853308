#!/bin/sh
# Builds and runs the main example, whose pictures appear in build/demo; installs what is missing (Debian's
# packages). Arguments go to the example. The other examples: cmake --build build/demo, then build/demo/examples/*.
set -eu
cd "$(dirname "$0")/.."
. cmake/packages.sh
require g++ cmake ninja-build libeigen3-dev
cmake --workflow --preset demo
cd build/demo
exec examples/digits "$@"
