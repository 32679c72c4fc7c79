#!/usr/bin/env bash
# Looks for inputs that break what reads from strangers, guided by the code that each input reaches (libFuzzer):
#
#   ./scripts/fuzz.sh                         every target for 20 seconds
#   ./scripts/fuzz.sh TARGET|all [SECONDS]    this one, or every one, for so long
#   KEEP=1 ./scripts/fuzz.sh TARGET SECONDS   and add to the kept inputs those that reach code which they do not
#   SEED=7 ./scripts/fuzz.sh TARGET SECONDS   with other dice than every time before
#   NATIVE=1 ./scripts/fuzz.sh TARGET SECONDS and have machine code give the same; slower
#   ./scripts/fuzz.sh TARGET FILE             run one input again
#
# Targets are the files in fuzz/targets; docs/testing.md says what each holds. Each begins with the kept inputs in
# fuzz/corpus/TARGET and ends after SECONDS, or after a number of runs, so that two runs on a fast machine are the same. An
# input that breaks something is left in $ASSAY_CACHE/fuzz/TARGET; the message says how to run it again.
#
# The compiler here needs no nightly: what cargo-fuzz would ask of it are flags of LLVM.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT/fuzz"

wanted=${1:-all}
seconds=${2:-20}
[ $# -le 2 ] || die "at most a target and a time, please: see the head of $0"
targets=()
for file in targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
if [ "$wanted" != all ]; then
  [[ " ${targets[*]} " == *" $wanted "* ]] || die "no target named $wanted; there are: ${targets[*]}"
  targets=("$wanted")
fi
again=
if [[ ! $seconds =~ ^[0-9]+$ ]]; then
  again=$(cd "$OLDPWD" && realpath -e "$seconds" 2>/dev/null) || die "for how many seconds? $seconds is neither that nor a file"
  [ "$wanted" != all ] || die "which target takes $seconds?"
fi

# Flags for our code and its dependencies alone: with a target given, cargo keeps them away from build scripts.
triple=$(rustc -vV | sed -n 's/^host: //p')
export CARGO_TARGET_DIR=$ASSAY_CACHE/target-fuzz
flags="-C passes=sancov-module"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
  flags+=" -C llvm-args=-sanitizer-coverage-$option"
done
begin=$SECONDS
RUSTFLAGS=$flags cargo build --quiet --locked --target "$triple" --bins ${NATIVE:+--features native}
say "targets built in $((SECONDS - begin)) s"

limits=(-rss_limit_mb=2048 -timeout=20 -max_len=4096)
if [ -n "$again" ]; then
  exec "$CARGO_TARGET_DIR/$triple/debug/$wanted" "${limits[@]}" "$again"
fi

# At most so many runs of each.
RUNS=200000
[ "$seconds" -le 60 ] || RUNS=-1
scratch=$(mktemp -d)
finish() {
  local program
  for program in $(jobs -p); do kill "$program" 2>/dev/null || true; done
  wait
  rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM

# search TARGET: fuzzes one target and says what came of it.
search() {
  local target=$1 status=0 input runs covered
  local program=$CARGO_TARGET_DIR/$triple/debug/$target kept=$PWD/corpus/$target
  local found=$ASSAY_CACHE/fuzz/$target new=$scratch/$target log=$scratch/$target.log
  mkdir -p "$kept" "$found" "$new"
  "$program" -seed="${SEED:-1}" -runs=$RUNS -max_total_time="$seconds" "${limits[@]}" -artifact_prefix="$found/" \
    -print_final_stats=1 "$new" "$kept" >"$log" 2>&1 || status=$?
  if [ "$status" != 0 ]; then
    tail -n 40 "$log"
    input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    echo "$target: BROKEN; run it again with: ./scripts/fuzz.sh $target ${input:-FILE}"
    return 1
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  echo "$target: ok, $runs runs, $covered places in the code reached, $(find "$kept" -type f | wc -l) inputs kept"
  if [ -n "${KEEP:-}" ]; then
    mkdir "$scratch/$target-all"
    # By the places reached and not by how often, so that the corpus stays small.
    "$program" -set_cover_merge=1 -use_counters=0 "${limits[@]}" "$scratch/$target-all" "$kept" "$new" >"$log" 2>&1 ||
      { tail -n 40 "$log"; die "$target: the inputs could not be merged"; }
    rm -r "$kept"
    mv "$scratch/$target-all" "$kept"
    echo "$target: now $(find "$kept" -type f | wc -l) inputs kept"
  fi
}

# As many at a time as there are cores.
broken=0
running=0
for target in "${targets[@]}"; do
  if [ "$running" -ge "$(nproc)" ]; then
    wait -n || broken=$((broken + 1))
    running=$((running - 1))
  fi
  search "$target" &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
  wait -n || broken=$((broken + 1))
  running=$((running - 1))
done
echo "$((${#targets[@]} - broken)) targets passed, $broken failed"
[ "$broken" = 0 ]
