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

compile_and_run() {  # PROGRAM without .cpp, COMPILE...
  program=$1
  shift
  "$@" "$program.cpp" -o "$program" && run "$program"
}

failed=0
check() {  # NAME COMMAND...
  name=$1
  shift
  "$@" && echo "ok: $name" || { echo "FAILED: $name"; failed=1; }
}

for source in "$folder"/program_*.cpp; do
  [ ! -e "$source" ] || check "$(basename "$source")" compile_and_run "${source%.cpp}" "$@"
done
# All snippets in one file, because what they include takes longer than they do.
for source in "$folder"/snippet_*.cpp; do
  [ ! -e "$source" ] || echo "#include \"$source\"" >>"$folder/snippets.cpp"
done
[ ! -e "$folder/snippets.cpp" ] ||
  check snippets "$@" -DDESCENT_RULES_COMPILED -fsyntax-only -I "$here" "$folder/snippets.cpp"  # as with descent::rules
exit $failed
