#!/usr/bin/env bash
# Sets up, builds and runs the tests:
#
#   ./scripts/test.sh                  all of them
#   ./scripts/test.sh PART             one part: lint, unit, runtime, fuzz, js, demo or network
#   ./scripts/test.sh PART FILTER      of that part only the tests whose name contains FILTER; there must be one
#
#   lint     the checks of scripts/check.sh
#   unit     unit, property and documentation tests of all crates
#   runtime  tests of the whole runtime
#   fuzz     scripts/fuzz.sh, 20 seconds for each target; each is one test
#   js       polkadot.js, PAPI and the light client smoldot against a running chain
#   demo     scripts/demo.sh, with an honest provider and with one that cheats
#   network  several node processes; see zombienet/
#
# The last line is `N passed, M failed`. Logs stay under $ASSAY_CACHE/logs when something failed.
set -uo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT" || exit 1

ALL="lint unit runtime fuzz js demo network"
part=${1:-all}
filter=${2:-}
[ $# -le 2 ] || die "at most a part and a filter, please: see the head of $0"
[ "$part" = all ] || [[ " $ALL " == *" $part "* ]] || die "no part named $part; there are: $ALL"
[ -z "$filter" ] || [ "$part" != all ] || die "a filter goes with a part"

RUN_DIR=$ASSAY_CACHE/logs/test-$$
mkdir -p "$RUN_DIR"
. ./scripts/processes.sh
passed=0
failed=0
# Process groups of parts that run beside others.
LANES=()
finish() {
  local status=$? lane
  for lane in "${LANES[@]}"; do
    kill -TERM -- "-$lane" 2>/dev/null && wait "$lane" 2>/dev/null
  done
  stop_all
  # What stopped the script before it could count is a failure as well.
  [ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
  if [ "$failed" = 0 ] && [ "$status" = 0 ]; then rm -rf "$RUN_DIR"; else echo "logs: $RUN_DIR"; fi
  echo "$passed passed, $failed failed"
}
trap finish EXIT
trap 'exit 130' INT TERM

# count LOG PATTERN: the sum of the first numbers in what matches.
count() { { grep -oE "$2" "$1" || true; } | grep -oE '[0-9]+' | awk '{ sum += $1 } END { print sum + 0 }'; }

# run NAME COMMAND...: shows the output of a command and keeps it in a log.
run() {
  local log=$RUN_DIR/$1.log
  shift
  "$@" 2>&1 | tee "$log"
  return "${PIPESTATUS[0]}"
}

# one NAME COMMAND...: a command that is one test, unless a filter excludes it.
one() {
  [[ $1 == *"$filter"* ]] || return 0
  if run "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# note_rust NAME STATUS: counts the tests in the log of a program of Rust tests. One that did not come to its end counts
# as one failure.
note_rust() {
  local log=$RUN_DIR/$1.log good bad
  good=$(count "$log" '^test result: .* [0-9]+ passed')
  bad=$(count "$log" '; [0-9]+ failed')
  [ "$2" = 0 ] || [ "$bad" != 0 ] || bad=1
  passed=$((passed + good))
  failed=$((failed + bad))
}

build() {
  say "building (the first time takes the better part of an hour, later seconds to minutes)"
  local begin=$SECONDS
  ./scripts/build.sh --message-format=json-render-diagnostics >"$RUN_DIR/build.json" || die "the build failed"
  say "built in $((SECONDS - begin)) s"
}

# programs PACKAGES...: the test programs of these packages (`!package`: of all others), as `name<TAB>folder<TAB>file`.
programs() {
  python3 - "$RUN_DIR/build.json" "$@" <<'PYTHON'
import json, os, sys
wanted = sys.argv[2:]
refused = {name[1:] for name in wanted if name.startswith("!")}
for line in open(sys.argv[1]):
    message = json.loads(line)
    if message.get("reason") != "compiler-artifact" or not message["profile"]["test"] or not message["executable"]:
        continue
    folder = os.path.dirname(message["manifest_path"])
    package = next(row.split('"')[1] for row in open(message["manifest_path"]) if row.startswith("name"))
    if package in wanted or (refused and package not in refused):
        print(package + "-" + message["target"]["name"], folder, message["executable"], sep="\t")
PYTHON
}

# rust_tests PACKAGES -- ARGUMENTS: runs test programs, each in its package's folder, as cargo does.
rust_tests() {
  local packages=() name folder program
  while [ "$1" != -- ]; do packages+=("$1"); shift; done
  shift
  while IFS=$'\t' read -r name folder program; do
    say "$name"
    run "$name" env -C "$folder" CARGO_MANIFEST_DIR="$folder" "$program" "$@" ${filter:+"$filter"}
    note_rust "$name" $?
  done < <(programs "${packages[@]}")
}

lint() {
  local name
  for name in format lints features scripts; do
    one "lint-$name" ./scripts/check.sh "$name"
  done
}

unit() {
  rust_tests '!assay-runtime' '!assay-network' -- --quiet
  say "documentation tests"
  run doc cargo test --workspace --features assay-node/fast-runtime --locked --doc --quiet -- ${filter:+"$filter"}
  note_rust doc $?
}

runtime() {
  rust_tests assay-runtime -- --quiet
}

fuzz() {
  local target
  [ -n "$filter" ] || { fuzz_target all; return; }
  for target in fuzz/targets/*.rs; do
    target=$(basename "$target" .rs)
    [[ $target != *"$filter"* ]] || fuzz_target "$target"
  done
}

# fuzz_target TARGET|all: counts each target as one test.
fuzz_target() {
  local name=fuzz-$1 status=0 log good bad
  log=$RUN_DIR/$name.log
  run "$name" ./scripts/fuzz.sh "$1" 20 || status=$?
  good=$(count "$log" '^[0-9]+ targets passed')
  bad=$(count "$log" 'targets passed, [0-9]+ failed')
  [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
  passed=$((passed + good))
  failed=$((failed + bad))
}

network() {
  export ASSAY_NETWORK_DIR=$RUN_DIR/network
  # Four at a time: networks mostly wait for blocks.
  rust_tests assay-network -- --test-threads=4
}

# lane NAME PARTS...: starts parts, one after another, in a process group of their own. What they print goes to a file, and
# at the end what they counted to another.
lane() {
  local name=$1
  shift
  set -m
  (
    # What it starts stays in its group.
    set +m
    trap stop_all EXIT
    trap 'exit 130' INT TERM
    passed=0 failed=0
    for part in "$@"; do
      say "$part"
      $part
    done
    echo "$passed $failed" >"$RUN_DIR/$name.count"
  ) >"$RUN_DIR/$name.out" 2>&1 </dev/null &
  set +m
  LANES+=($!)
}

# join NAMES...: waits for the lanes in the order in which they were started, shows what they printed and adds what they
# counted. One that did not come to its end counts as one failure.
join() {
  local name good bad
  for name in "$@"; do
    wait "${LANES[0]}"
    LANES=("${LANES[@]:1}")
    cat "$RUN_DIR/$name.out"
    read -r good bad <"$RUN_DIR/$name.count" || { good=0; bad=1; }
    passed=$((passed + good))
    failed=$((failed + bad))
  done
}

js() {
  ./scripts/setup-js.sh || { failed=$((failed + 1)); return; }
  start_dev_node "$RUN_DIR/chain"
  local log=$RUN_DIR/js.log
  (
    cd clients-js || exit 1
    npx --no-install papi generate --config papi.json >"$RUN_DIR/papi.log" 2>&1 || {
      cat "$RUN_DIR/papi.log"
      exit 1
    }
    ASSAY_WS=ws://127.0.0.1:$RPC_PORT ASSAY_LOGS=$RUN_DIR timeout 240 \
      node --test --test-concurrency=2 --test-reporter=spec ${filter:+--test-name-pattern="$filter"} test/*.test.js
  ) 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]} bad
  # A test that a filter excludes is counted as passed or skipped by none but the reporter: the summary tells.
  passed=$((passed + $(count "$log" 'ℹ pass [0-9]+')))
  bad=$(count "$log" 'ℹ fail [0-9]+')
  [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
  failed=$((failed + bad))
  stop_all
}

demo() {
  one demo ./scripts/demo.sh
  one demo-cheat ./scripts/demo.sh --cheat
}

./scripts/setup.sh || exit 1
[ "$part" = lint ] || [ "$part" = fuzz ] || build
if [ "$part" = all ]; then
  # Two of the parts that run at the same time want it.
  ./scripts/setup-js.sh || exit 1
  say "network, js and demo begin, which mostly wait for blocks; what they print follows below"
  lane networks network
  lane clients js demo
  # What follows takes the time that these leave.
  renice -n 10 $$ >/dev/null
  for part in lint unit runtime fuzz; do
    say "$part"
    $part
  done
  say "network, js and demo"
  join networks clients
else
  $part
fi
if [ -n "$filter" ] && [ $((passed + failed)) = 0 ]; then
  echo "error: no test of $part matches $filter" >&2
  failed=1
fi
[ "$failed" = 0 ]
