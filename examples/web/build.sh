#!/bin/sh
# Builds build/web/playground.html, one page without other files: sh examples/web/build.sh
set -eu
cd "$(dirname "$0")/../.."
command -v em++ >/dev/null || { echo "em++ is missing. On Debian: apt-get install emscripten" >&2; exit 1; }
eigen=${EIGEN3_INCLUDE_DIR:-/usr/include/eigen3}
[ -d "$eigen/Eigen" ] || { echo "Eigen is missing in $eigen. On Debian: apt-get install libeigen3-dev" >&2; exit 1; }
out=build/web
mkdir -p $out

# Debian's Emscripten needs Debian's modules of Node, also with a Node from elsewhere.
export NODE_PATH="${NODE_PATH:+$NODE_PATH:}/usr/share/nodejs"
# Exceptions carry the library's messages to the page. Without contraction, numbers are those of a native program.
em++ -std=c++20 -O2 -DNDEBUG -fexceptions -ffp-contract=off -include examples/web/older_libcxx.hpp \
  -I include -isystem "$eigen" -c examples/web/playground.cpp -o $out/playground.o
em++ -O2 -fexceptions $out/playground.o -o $out/playground.js --bind \
  --embed-file examples/data/digits.csv@/digits.csv \
  -sSINGLE_FILE=1 -sMODULARIZE=1 -sEXPORT_NAME=descent_module -sALLOW_MEMORY_GROWTH=1 -sENVIRONMENT=web

# The page is page.html with the other files in the places of their names.
awk -v out=$out 'function put(file,  line) { while ((getline line < file) > 0) print line; close(file) }
  /@page.css@/ { put("examples/web/page.css"); next }
  /@module.js@/ { put(out "/playground.js"); next }
  /@page.js@/ { put("examples/web/page.js"); next }
  { print }' examples/web/page.html > $out/playground.html
echo "$out/playground.html: $(wc -c < $out/playground.html) bytes. Open it in a browser."
