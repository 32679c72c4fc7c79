#!/usr/bin/env bash
# Looks for inputs that break what reads from strangers, guided by the code that each input reaches (libFuzzer):
#
#   ./scripts/fuzz.sh                        every target for 20 seconds
#   ./scripts/fuzz.sh SECONDS [TARGET]       every target, or this one, for so long
#   KEEP=1 ./scripts/fuzz.sh SECONDS TARGET  and add to the kept inputs those that reach code which they do not
#
# Targets are the files in fuzz/targets. Each begins with the kept inputs in fuzz/corpus/TARGET, with the same seed every
# time, and ends after a number of runs at the latest. An input that breaks something is left in $ASSAY_CACHE/fuzz/TARGET;
# the message says where. To run it again: give its path to the program that the first line names.
#
# The compiler here needs no nightly: what cargo-fuzz would ask of it are flags of LLVM.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT/fuzz"

seconds=${1:-20}
[[ $seconds =~ ^[0-9]+$ ]] || die "for how many seconds? see the head of $0"
targets=()
for file in targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
if [ $# -ge 2 ]; then
  [[ " ${targets[*]} " == *" $2 "* ]] || die "no target named $2; there are: ${targets[*]}"
  targets=("$2")
fi

# Flags for our code and its dependencies alone: with a target given, cargo keeps them away from build scripts.
triple=$(rustc -vV | sed -n 's/^host: //p')
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/fuzz
flags="-C passes=sancov-module"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
  flags+=" -C llvm-args=-sanitizer-coverage-$option"
done
begin=$SECONDS
RUSTFLAGS=$flags cargo build --quiet --locked --target "$triple" --bins
say "targets built in $((SECONDS - begin)) s"

# At most so many runs, which bounds the time on a fast machine and makes two runs there the same.
RUNS=200000
for target in "${targets[@]}"; do
  program=$CARGO_TARGET_DIR/$triple/debug/$target
  kept=$PWD/corpus/$target
  found=$ASSAY_CACHE/fuzz/$target
  new=$(mktemp -d)
  mkdir -p "$kept" "$found"
  say "$target: $program"
  limits=(-rss_limit_mb=2048 -timeout=20 -max_len=4096 -artifact_prefix="$found/")
  status=0
  "$program" -seed=1 -runs=$RUNS -max_total_time="$seconds" "${limits[@]}" -verbosity=0 -print_final_stats=1 \
    "$new" "$kept" >"$new.log" 2>&1 || status=$?
  if [ "$status" != 0 ]; then
    tail -n 40 "$new.log"
    die "$target: an input broke it; see above"
  fi
  grep -E 'number_of_executed_units|new_units_added|peak_rss' "$new.log" | sed 's/^stat::/  /'
  if [ -n "${KEEP:-}" ]; then
    mkdir "$new/all"
    "$program" -merge=1 "${limits[@]}" "$new/all" "$kept" "$new" >"$new.log" 2>&1 || { tail -n 40 "$new.log"; exit 1; }
    rm -r "$kept"
    mv "$new/all" "$kept"
    say "$target: $(find "$kept" -type f | wc -l) inputs kept"
  fi
  rm -rf "$new" "$new.log"
done
