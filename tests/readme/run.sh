#!/bin/sh
# run.sh README FOLDER COMPILE: compiles every ```cpp block of README in FOLDER, and runs its programs.
# A block whose fence says more than "cpp" (```cpp no-compile) is left out.
set -eu
here=$(dirname "$0")
readme=$1 folder=$2
eval "set -- $3"
rm -rf "$folder"
mkdir -p "$folder"
awk -v folder="$folder" -f "$here/extract.awk" "$readme"

failed=0
for source in "$folder"/*.cpp; do
  [ -e "$source" ] || break
  case $source in
    *program*) "$@" -O1 "$source" -o "${source%.cpp}" && (cd "$folder" && "${source%.cpp}") ;;
    *) "$@" -DDESCENT_RULES_COMPILED -fsyntax-only -I "$here" "$source" ;;  # as with the target descent::rules
  esac && echo "ok: $(basename "$source" .cpp)" || { echo "FAILED: $source"; failed=1; }
done
exit $failed
