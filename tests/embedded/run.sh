#!/bin/sh
# run.sh FOLDER [EIGEN_INCLUDES]: trains a controller of 16 numbers on an emulated Cortex-M, without an operating
# system, exceptions, run-time types or a heap, and compares all bits with those of the same program on this computer.
# Then prints what each rule takes. Needs: gcc-arm-none-eabi libstdc++-arm-none-eabi-newlib qemu-system-arm.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
eigen=${2:-/usr/include/eigen3}
mkdir -p "$out"
# -Wno-psabi: g++ notes that its calling convention differs from version 6.
common="-std=c++20 -fno-exceptions -fno-rtti -DDESCENT_BRIEF_NUMBERS -Wall -Wextra -Wpedantic -Wconversion
  -Wsign-conversion -Wshadow -Wdouble-promotion -Wno-psabi -Werror -I$here -I$here/../../include -isystem $eigen"
bare="-Os -mthumb -fno-threadsafe-statics -ffunction-sections -fdata-sections"
link="-nostartfiles --specs=nano.specs -Wl,--gc-sections -Wl,--no-warn-rwx-segments -T $here/memory.ld"

cpu() {  # m4 | m7
  case $1 in
    m4) echo "-mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16" ;;  # doubles in software
    m7) echo "-mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16" ;;
  esac
}

machine() {  # CPU PROGRAM: runs it, its output is this one's
  case $1 in m4) board=mps2-an386 ;; m7) board=mps2-an500 ;; esac
  timeout 60 qemu-system-arm -M $board -nographic -monitor none -serial none -chardev stdio,id=out \
    -semihosting-config enable=on,target=native,chardev=out -kernel "$2" </dev/null
}

build() {  # CPU NAME SOURCE OPTION...
  name=$1-$2 flags="$common $bare $(cpu "$1")" source=$3
  shift 3
  arm-none-eabi-g++ $flags "$@" "$here/$source" "$here/start.cpp" "$here/heap.cpp" $link -o "$out/$name.elf"
}

build_for_host() {  # NAME. No -march: without vectors of eight, like the Cortex-M
  "${CXX:-g++}" $common -O0 "$here/$1.cpp" "$here/host.cpp" "$here/heap.cpp" -o "$out/host-$1"
}

compare_numbers() {  # CPU
  machine "$1" "$out/$1-numbers.elf" >"$out/$1-numbers.txt" || { cat "$out/$1-numbers.txt"; return 1; }
  diff "$out/host-numbers.txt" "$out/$1-numbers.txt"
  echo "Cortex-$1: $(grep -c '^[^#]' "$out/$1-numbers.txt") trainings have the host's bits, $(sed -n 's/^# //p' "$out/$1-numbers.txt")"
}

numbers() {
  build_for_host numbers & host=$!
  build m7 numbers numbers.cpp & m7=$!
  build m4 numbers numbers.cpp
  wait $host && wait $m7
  "$out/host-numbers" >"$out/host-numbers.txt"
  compare_numbers m7
  compare_numbers m4
}

heap_is_watched() {  # a schedule that varies allocates: with a closed heap the program must stop
  build m7 schedule one_rule.cpp -DHEAP_BYTES=8 \
    '-DDESCENT_RULE=Sgd{.learning_rate = [](std::int64_t step) { return step < 2 ? 0.1 : 0.01; }}'
  machine m7 "$out/m7-schedule.elf" >"$out/m7-schedule.txt" && return 1
  grep -qx "stopped: the heap was used" "$out/m7-schedule.txt" && echo "Who uses the closed heap is stopped"
}

refusal() {  # the program must stop with the message, and abort
  build_for_host refusal
  "$out/host-refusal" >"$out/host-refusal.txt" && return 1
  build m7 refusal refusal.cpp
  machine m7 "$out/m7-refusal.elf" >"$out/m7-refusal.txt" && return 1
  printf '%s\n' "descent: Adam: beta1 is 1.5, must be in [0, 1)" "stopped: abort" >"$out/refusal.txt"
  diff "$out/refusal.txt" "$out/host-refusal.txt"
  diff "$out/refusal.txt" "$out/m7-refusal.txt"
  echo "An option out of its range stops the program with its message"
}

table_row() {  # CPU TITLE OPTION...
  cpu=$1 title=$2
  shift 2
  build "$cpu" rule one_rule.cpp -DHEAP_BYTES=8 "$@"
  stack=$(machine "$cpu" "$out/$cpu-rule.elf")
  arm-none-eabi-size "$out/$cpu-rule.elf" | awk -v title="$title" -v stack="$stack" -v none="${without:-}" '
    NR == 2 { printf "%-36s %7d %7d %7d %7d", title, $1, $2, $3, stack
              if (none != "") printf " %9d", $1 - none
              print "" }'
}

numbers
heap_is_watched
refusal
printf '\n%-36s %7s %7s %7s %7s %9s\n' 'Cortex-m7, 16 floats; bytes' text data bss stack "text more"
table_row m7 "(no rule)"
without=$(arm-none-eabi-size "$out/m7-rule.elf" | awk 'NR == 2 { print $1 }')
for rule in 'Sgd{.momentum = 0.9}' 'Adam{}' 'AdamW{}' 'Lion{}' 'RmsProp{}' \
  'ClipByGlobalNorm{1} | Adam{}' 'partition(no_decay, Sgd{}, Adam{})'; do
  table_row m7 "$rule" "-DDESCENT_RULE=$rule"
done
