#!/bin/sh
# Builds and runs the tests; installs what is missing (Debian's packages).
set -eu
cd "$(dirname "$0")/.."
. cmake/packages.sh
require g++ cmake ninja-build libeigen3-dev catch2 nlohmann-json3-dev
cmake --workflow --preset test
