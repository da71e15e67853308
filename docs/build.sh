#!/bin/sh
# build.sh [FOLDER]: writes the HTML pages to FOLDER/html (default build/docs), and fails at the first warning.
# Needs Doxygen 1.9 and Python, no network.
set -eu
mkdir -p "${1:-build/docs}"
DESCENT_DOCS=$(cd "${1:-build/docs}" && pwd)  # read by docs/Doxyfile
export DESCENT_DOCS
cd "$(dirname "$0")/.."
rm -rf "$DESCENT_DOCS/html"
python3 docs/doxygen/prepare.py "$DESCENT_DOCS/source"
doxygen docs/Doxyfile
if [ -s "$DESCENT_DOCS/log.txt" ]; then
  cat "$DESCENT_DOCS/log.txt" >&2
  exit 1
fi
echo "Written: $DESCENT_DOCS/html/index.html"
