#!/bin/sh
# include_path.sh OUTPUT COMPILE...: a program with nothing but the folder include/.
set -eu
out=$1
shift
"$@" "$(dirname "$0")/main.cpp" -o "$out"
"$out"
