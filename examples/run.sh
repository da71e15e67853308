#!/bin/sh
# Builds the examples and runs the main one, whose pictures appear in build/demo; installs what is missing
# (Debian's packages). Arguments go to the example.
set -eu
cd "$(dirname "$0")/.."
. cmake/packages.sh
require g++ cmake ninja-build libeigen3-dev
cmake --workflow --preset demo
cd build/demo
exec examples/digits "$@"
