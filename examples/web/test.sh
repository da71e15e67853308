#!/bin/sh
# Builds the page and tests it in a browser: sh examples/web/test.sh
# Needs em++, Chromium, Node and, once, the network: npm downloads playwright-core into build/web/.
set -eu
cd "$(dirname "$0")/../.."
browser=${CHROMIUM:-$(command -v chromium || true)}
[ -n "$browser" ] || { echo "Chromium is missing. On Debian: apt-get install chromium" >&2; exit 1; }
command -v npm >/dev/null || { echo "npm is missing. On Debian: apt-get install npm" >&2; exit 1; }
sh examples/web/build.sh
out=build/web
${CXX:-c++} -std=c++20 -O1 -ffp-contract=off -I include -isystem "${EIGEN3_INCLUDE_DIR:-/usr/include/eigen3}" \
  examples/web/trajectory.cpp -o $out/trajectory
$out/trajectory > $out/trajectory.txt
[ -d $out/node_modules/playwright-core ] || npm install --silent --no-save --prefix $out playwright-core
mkdir -p $out/screenshots
cp examples/web/test.mjs $out/test.mjs
CHROMIUM=$browser node $out/test.mjs $out/playground.html $out/trajectory.txt $out/screenshots
echo "Screenshots: $out/screenshots"
