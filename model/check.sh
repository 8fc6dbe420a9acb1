#!/usr/bin/env bash
# Checks the kernel's protocol exhaustively: the model without a bug has no error in any interleaving,
# and each planted bug is found. Needs spin, a C compiler and 2 GiB of memory. Arguments go to the compiler:
# with -DNOREDUCE, spin's partial-order reduction is off (many times the states and the time).
set -euo pipefail

model=$(cd "$(dirname "$0")" && pwd)/kernel.pml
flags=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# explore NAME [-D...]: spin's checker over every state; its output in $work/NAME/pan.log
explore() {
  local dir=$work/$1
  shift
  mkdir "$dir"
  cd "$dir"
  spin -a "$@" "$model" >spin.log 2>&1 || { cat spin.log; return 1; }
  cc -Og -DSAFETY -DCOLLAPSE ${flags[@]+"${flags[@]}"} -o pan pan.c
  ./pan -m10000 -w24 >pan.log 2>&1 || true
}

summary() {
  sed -n 's/^ *\([0-9.]*\) states, stored.*/\1 states/p; s/^ *\([0-9.]*\).*total actual memory usage/\1 MB/p; s/^pan: elapsed time \([0-9.]*\) seconds.*/\1 s/p' \
    "$work/$1/pan.log" | paste -sd, - | sed 's/,/, /g'
}

sound() {
  local log=$work/$1/pan.log
  if grep -q 'errors: 0$' "$log" && ! grep -qE 'not completed|too small|out of memory|resized' "$log"; then
    echo "model: $1: no error in $(summary "$1")"
  else
    echo "model: $1: FAILED" && cat "$log" && return 1
  fi
}

caught() {
  local log=$work/$1/pan.log
  if grep -qE '^pan:1: (assertion violated|invalid end state)' "$log"; then
    echo "model: $1: the planted bug is found: $(sed -n 's/^pan:1: \(.*\) (at depth.*/\1/p' "$log")"
  else
    echo "model: $1: FAILED, the planted bug is not found" && cat "$log" && return 1
  fi
}

explore plain
sound plain
explore interrupt -DINTR
sound interrupt
explore cancel -DCANC
sound cancel
explore interrupt-and-cancel -DINTR -DCANC
sound interrupt-and-cancel
explore eager -DEAGER
sound eager
explore eager-interrupt-and-cancel -DEAGER -DINTR -DCANC
sound eager-interrupt-and-cancel
explore deep -DDEEP
sound deep
explore deep-interrupt -DDEEP -DINTR
sound deep-interrupt
explore deep-cancel -DDEEP -DCANC
sound deep-cancel
explore deep-eager -DDEEP -DEAGER
sound deep-eager
explore deep-eager-interrupt -DDEEP -DEAGER -DINTR
sound deep-eager-interrupt
explore deep-eager-cancel -DDEEP -DEAGER -DCANC
sound deep-eager-cancel
explore abandon -DABANDON
sound abandon
explore abandon-interrupt -DABANDON -DINTR
sound abandon-interrupt
explore abandon-cancel -DABANDON -DCANC
sound abandon-cancel
explore abandon-eager -DABANDON -DEAGER
sound abandon-eager
explore abandon-eager-interrupt -DABANDON -DEAGER -DINTR
sound abandon-eager-interrupt
explore abandon-eager-cancel -DABANDON -DEAGER -DCANC
sound abandon-eager-cancel
explore abandon-deep -DABANDON -DDEEP
sound abandon-deep
explore abandon-deep-eager -DABANDON -DDEEP -DEAGER
sound abandon-deep-eager
explore main -DMAIN
sound main
explore main-interrupt-and-cancel -DMAIN -DINTR -DCANC
sound main-interrupt-and-cancel
explore main-eager -DMAIN -DEAGER
sound main-eager
explore main-deep -DMAIN -DDEEP
sound main-deep
explore main-deep-eager -DMAIN -DDEEP -DEAGER
sound main-deep-eager
explore main-abandon -DMAIN -DABANDON
sound main-abandon
explore main-abandon-interrupt -DMAIN -DABANDON -DINTR
sound main-abandon-interrupt
explore main-abandon-eager -DMAIN -DABANDON -DEAGER
sound main-abandon-eager
explore main-abandon-deep -DMAIN -DABANDON -DDEEP
sound main-abandon-deep
explore spare-bug -DBUG_SPARE
caught spare-bug
explore interrupt-bug -DINTR -DBUG_INTR
caught interrupt-bug
explore eager-bug -DEAGER -DBUG_EAGER
caught eager-bug
explore deep-bug -DDEEP -DBUG_DEEP
caught deep-bug
explore unwind-bug -DABANDON -DBUG_UNWIND
caught unwind-bug
explore idle-bug -DABANDON -DBUG_IDLE
caught idle-bug
explore leave-bug -DABANDON -DBUG_LEAVE
caught leave-bug
explore early-bug -DABANDON -DBUG_EARLY
caught early-bug
explore main-bug -DMAIN -DBUG_MAIN
caught main-bug
