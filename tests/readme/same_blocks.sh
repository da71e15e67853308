#!/bin/sh
# same_blocks.sh PAGE TRANSLATION: fails unless both have the same fenced blocks, code and output alike.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

blocks() {
  awk '/^```/ { inside = !inside; print; next } inside' "$1"
}
blocks "$1" >"$work/page"
blocks "$2" >"$work/translation"
if ! [ -s "$work/page" ]; then
  echo "same_blocks.sh: there is no block in $1" >&2
  exit 1
fi
if ! diff "$work/page" "$work/translation"; then
  echo "same_blocks.sh: $2 has other blocks than $1" >&2
  exit 1
fi
