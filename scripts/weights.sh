#!/usr/bin/env bash
# Measures the weights of our pallets, or of those named, and writes them to pallets/*/src/weights.rs:
#
#   ./scripts/weights.sh [pallet_compute_market|pallet_staking_slash|pallet_token_mint]...
#
# Give it a quiet machine. STEPS and REPEAT may be set lower to try things out. The runtime with its benchmarks is built in
# a folder of its own: it would otherwise take the place of the ordinary one. The first time that takes a quarter of an hour.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT"

ALL="pallet_compute_market pallet_staking_slash pallet_token_mint"
for name in "$@"; do
  [[ " $ALL " == *" $name "* ]] || die "no pallet of ours is named $name; there are: $ALL"
done

./scripts/setup.sh
say "building the runtime with its benchmarks"
# Only its WASM is used, which is always optimised; the native part is compiled as quickly as possible.
cargo build --package assay-runtime --lib --features runtime-benchmarks --locked \
  --target-dir "$CARGO_TARGET_DIR/benchmarks" --config 'profile.dev.opt-level=0'
runtime=$CARGO_TARGET_DIR/benchmarks/debug/wbuild/assay-runtime/assay_runtime.compact.wasm
say "building the node with the sub-command that runs benchmarks"
cargo build --workspace --bin assay-node --features assay-node/benchmark-cli --locked

for name in ${*:-$ALL}; do
  folder=${name#pallet_}
  output=pallets/${folder//_/-}/src/weights.rs
  say "measuring $name"
  "$CARGO_TARGET_DIR/debug/assay-node" benchmark pallet --runtime "$runtime" --genesis-builder runtime \
    --genesis-builder-preset development --pallet "$name" --extrinsic '*' \
    --steps "${STEPS:-50}" --repeat "${REPEAT:-20}" --output "$output" \
    --template scripts/pallet-weight-template.hbs
  cargo fmt --package "${name//_/-}"
  say "wrote $output"
done
