#!/usr/bin/env bash
# Measures what the documents state, on this machine, and prints one line for each figure: `name=value unit`.
#
#   ./scripts/bench.sh                                                  everything
#   ./scripts/bench.sh guest|runtime|network|weights|calls|capacity ... only these
#
#   guest    the demo's units as a guest and natively, on one core; gas per unit
#   runtime  one of those units inside the runtime: what deciding a dispute costs
#   network  block time, finality and memory with four validators, on the short times of test networks
#   weights  each of our calls beside a transfer, by the weights that stand in the repository
#   calls    claims, bonds and reports, measured beside the SDK's transfer and bond in one run, with few delegators and
#            many; disputes and capacity proofs
#   capacity a capacity round on both sides, the draw of machines, the kernel beside a library's
#
# Give it a quiet machine. Without `calls` it takes three minutes; `calls` takes five, and builds the runtime with its
# benchmarks before.
set -euo pipefail
. "$(dirname "$0")/env.sh"
. "$(dirname "$0")/bencher.sh"
cd "$ASSAY_ROOT"

ALL=(guest runtime network weights capacity calls)
for name in "$@"; do
  [[ " ${ALL[*]} " == *" $name "* ]] || die "nothing named $name can be measured; there are: ${ALL[*]}"
done
[ $# != 0 ] || set -- "${ALL[@]}"

calls() {
  build_bencher >&2
  "${BENCHER[@]}" calls
}

./scripts/setup.sh >&2
[ "$*" = calls ] || ./scripts/build.sh >&2
for name in "$@"; do
  if [ "$name" = calls ]; then calls; else "$CARGO_TARGET_DIR/debug/assay-bench" "$name"; fi
done
