#!/usr/bin/env bash
# Measures what the documents state, on this machine, and prints one line for each figure: `name=value unit`.
#
#   ./scripts/bench.sh                                   everything, about three minutes
#   ./scripts/bench.sh guest|runtime|network|weights|capacity ... only these
#
#   guest    the demo's units as a guest and natively, on one core; gas per unit
#   runtime  one of those units inside the runtime: what deciding a dispute costs
#   network  block time, finality and memory with four validators, on the short times of test networks
#   weights  each of our calls beside a transfer
#   capacity a capacity round on both sides, the draw of machines, the kernel beside a library's
#
# Give it a quiet machine.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT"

ALL=(guest runtime network weights capacity)
for name in "$@"; do
  [[ " ${ALL[*]} " == *" $name "* ]] || die "nothing named $name can be measured; there are: ${ALL[*]}"
done
[ $# != 0 ] || set -- "${ALL[@]}"

./scripts/setup.sh >&2
./scripts/build.sh >&2
for name in "$@"; do
  "$CARGO_TARGET_DIR/debug/assay-bench" "$name"
done
