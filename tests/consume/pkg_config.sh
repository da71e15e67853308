#!/bin/sh
# pkg_config.sh COMPILER PKG_CONFIG FOLDER_OF_DESCENT_PC OUTPUT: a program without any build system.
set -eu
PKG_CONFIG_PATH=$3
export PKG_CONFIG_PATH
"$1" -std=c++20 $("$2" --cflags descent) "$(dirname "$0")/main.cpp" -o "$4"
"$4"
