#!/usr/bin/env bash
# Measures the weights of our pallets, or of those named, and writes them to pallets/*/src/weights.rs:
#
#   ./scripts/weights.sh [pallet_compute_credits|pallet_compute_market|pallet_staking_slash|pallet_token_mint]...
#
# Give it a quiet machine. STEPS and REPEAT may be set lower to try things out. The first time, the SDK is compiled once
# more, with features that only this needs: about 40 minutes on two cores.
set -euo pipefail
. "$(dirname "$0")/env.sh"
. "$(dirname "$0")/bencher.sh"
cd "$ASSAY_ROOT"

ALL=(pallet_compute_credits pallet_compute_market pallet_staking_slash pallet_token_mint)
for name in "$@"; do
  [[ " ${ALL[*]} " == *" $name "* ]] || die "no pallet of ours is named $name; there are: ${ALL[*]}"
done
[ $# != 0 ] || set -- "${ALL[@]}"

./scripts/setup.sh
build_benchmarks
build_bencher assay-bencher weights
for name in "$@"; do
  folder=${name#pallet_}
  output=pallets/${folder//_/-}/src/weights.rs
  say "measuring $name"
  # Without recording what a proof of the storage would need: a chain of its own is never asked for one.
  "$BENCHER" --runtime "$RUNTIME" --genesis-builder runtime --genesis-builder-preset development \
    --disable-proof-recording --pallet "$name" --extrinsic '*' \
    --steps "${STEPS:-50}" --repeat "${REPEAT:-20}" --output "$output" \
    --template scripts/pallet-weight-template.hbs
  cargo fmt --package "${name//_/-}"
  say "wrote $output"
done
