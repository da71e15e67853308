#!/bin/sh
# Builds and runs the tests; installs what is missing (Debian's packages). The last line says what was tested.
# What must not compile, the code of pages and whole trainings are tested by .ci/run alone.
# clang compiles the tests in 0.6 of g++'s time. CXX=g++ uses g++, if build/test was not made before.
set -eu
cd "$(dirname "$0")/.."
. cmake/packages.sh
if [ -z "${CXX:-}" ]; then
  require clang libomp-dev
  export CXX=clang++
fi
require g++ cmake ninja-build libeigen3-dev catch2 nlohmann-json3-dev
cmake --workflow --preset test

log=build/test/Testing/Temporary/LastTest.log
rules=$(sed -n 's/^descent: \(.* rules in .*\)$/\1/p' $log)
echo "descent: ${rules:?was not told by the tests}; $(grep -c '^Test Passed' $log) tests passed"
