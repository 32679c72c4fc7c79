#!/usr/bin/env bash
# A soak: two honest providers do many small jobs and answer capacity rounds, on a chain with one validator, while node and
# daemons are killed (kill -9) and started again at random moments. At the end the chain is asked: every job must have been
# paid with the right result, nobody slashed, and no stake gone. Says so in one line for each figure, `name=value`.
#
#   ./scripts/soak.sh              300 jobs, some half an hour
#   ./scripts/soak.sh 10           10 jobs, some five minutes
#   SEED=7 ./scripts/soak.sh 10    the same jobs and kills as any other run with that seed and number
#
# Fails when something is not as it should be, and says where the logs are. It ends by itself in at most ten minutes and six
# seconds for each job, and ends what it started.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT"

JOBS=${1:-300}
[ $# -le 1 ] && [[ $JOBS =~ ^[1-9][0-9]*$ ]] || die "the only argument is the number of jobs"

./scripts/setup.sh >&2
./scripts/build.sh >&2

RUN_DIR=$ASSAY_CACHE/logs/soak-$$
mkdir -p "$RUN_DIR"
SOAK=
finish() {
  local status=$?
  # It ends its own processes before it ends.
  [ -z "$SOAK" ] || { kill -TERM "$SOAK" 2>/dev/null && wait "$SOAK" || true; }
  if [ "$status" = 0 ]; then rm -rf "$RUN_DIR"; else echo "logs: $RUN_DIR" >&2; fi
}
trap finish EXIT
trap 'exit 130' INT TERM

ASSAY_NETWORK_DIR=$RUN_DIR "$CARGO_TARGET_DIR/debug/assay-soak" "$JOBS" &
SOAK=$!
status=0
wait "$SOAK" || status=$?
SOAK=
exit "$status"
