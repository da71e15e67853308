# Sourced by examples/run.sh, tests/run.sh and .ci/run.
#   require PACKAGE...   installs those of Debian's packages whose content is not there yet

has_file() {  # PATH below the usual prefixes or those of CMAKE_PREFIX_PATH
  for prefix in /usr /usr/local /opt/homebrew $(printf %s "${CMAKE_PREFIX_PATH:-}" | tr ':;' '  '); do
    [ -e "$prefix/$1" ] && return 0
  done
  return 1
}

has() {  # PACKAGE: whether what we need of it is there, whoever installed it
  case $1 in
    g++) command -v "${CXX:-g++}" ;;
    clang) command -v clang++ ;;
    libclang-rt-dev) echo 'int main() {}' | clang++ -fsanitize=address,undefined -xc++ - -o /dev/null ;;
    libomp-dev) echo 'int main() {}' | clang++ -fopenmp -xc++ - -o /dev/null ;;
    cmake) command -v cmake && cmake --workflow --list-presets ;;  # 3.25 or newer
    ninja-build) command -v ninja ;;
    libeigen3-dev) has_file include/eigen3/Eigen/Core ;;
    catch2) has_file include/catch2/catch.hpp || has_file include/catch2/catch_all.hpp ;;
    nlohmann-json3-dev) has_file include/nlohmann/json.hpp ;;
    gcc-arm-none-eabi) command -v arm-none-eabi-g++ ;;
    libstdc++-arm-none-eabi-newlib) echo '#include <string>' | arm-none-eabi-g++ -xc++ -fsyntax-only - ;;
    libbenchmark-dev) has_file include/benchmark/benchmark.h ;;
    libadolc-dev) has_file include/adolc/adolc.h ;;
    libceres-dev) has_file include/ceres/jet.h ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

missing() {
  for package; do has "$package" || printf ' %s' "$package"; done
}

require() {
  packages=$(missing "$@")
  [ -n "$packages" ] || return 0
  as_root=
  [ "$(id -u)" = 0 ] || as_root=sudo
  if command -v apt-get >/dev/null && { [ -z "$as_root" ] || command -v sudo >/dev/null; }; then
    echo "Installing$packages"
    $as_root apt-get update -qq || true
    $as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends $packages >/dev/null || true
    packages=$(missing "$@")
    [ -n "$packages" ] || return 0
  fi
  echo "Please install$packages (Debian's names; cmake must be 3.25 or newer), then run this again." >&2
  return 1
}
