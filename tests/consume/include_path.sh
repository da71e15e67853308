#!/bin/sh
# include_path.sh OUTPUT COMPILE...: a program that uses only the folder include/.
set -eu
out=$1
shift
"$@" "$(dirname "$0")/main.cpp" -o "$out"
"$out"
