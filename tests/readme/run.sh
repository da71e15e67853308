#!/bin/sh
# run.sh README FOLDER COMPILE: compiles every ```cpp block of README in FOLDER, and runs its programs. A program must
# return 0, and write what the page says if a ```text block follows (on Linux with x86-64, which those outputs are from).
# A block whose fence says more than "cpp" (```cpp no-compile) is left out.
set -eu
here=$(dirname "$0")
readme=$1 folder=$2
eval "set -- $3"
rm -rf "$folder"
mkdir -p "$folder"
awk -v folder="$folder" -f "$here/extract.awk" "$readme"

run() {  # PROGRAM without .cpp
  (cd "$folder" && "$1" >"$1.out" 2>&1) || { cat "$1.out"; return 1; }
  [ ! -e "$1.txt" ] || [ "$(uname -sm)" != "Linux x86_64" ] || diff -b "$1.txt" "$1.out"
}

failed=0
for source in "$folder"/*.cpp; do
  [ -e "$source" ] || break
  case $source in
    *program*) "$@" -O1 "$source" -o "${source%.cpp}" && run "${source%.cpp}" ;;
    *) "$@" -DDESCENT_RULES_COMPILED -fsyntax-only -I "$here" "$source" ;;  # as with descent::rules
  esac && echo "ok: $(basename "$source" .cpp)" || { echo "FAILED: $source"; failed=1; }
done
exit $failed
