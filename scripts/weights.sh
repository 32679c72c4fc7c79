#!/usr/bin/env bash
# Measures the weights of our pallets, or of those named, and writes them to pallets/*/src/weights.rs:
#
#   ./scripts/weights.sh [pallet_compute_credits|pallet_compute_market|pallet_staking_slash|pallet_token_mint|pallet_work_proofs]...
#
# Give it a quiet machine. STEPS and REPEAT may be set lower to try things out. The runtime with its benchmarks is built in
# a folder of its own: it would otherwise take the place of the ordinary one.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT"

ALL=(pallet_compute_credits pallet_compute_market pallet_staking_slash pallet_token_mint pallet_work_proofs)
for name in "$@"; do
  [[ " ${ALL[*]} " == *" $name "* ]] || die "no pallet of ours is named $name; there are: ${ALL[*]}"
done
[ $# != 0 ] || set -- "${ALL[@]}"

./scripts/setup.sh
say "building the runtime with its benchmarks"
# Only its WASM is used, so only that is built, with the flags that substrate-wasm-builder uses.
RUSTFLAGS="-C link-arg=--export-table -C link-arg=--export=__heap_base -C link-arg=--import-memory --cfg substrate_runtime" \
  cargo rustc --package assay-runtime --lib --crate-type cdylib --target wasm32v1-none --release --locked \
  --no-default-features --features runtime-benchmarks --target-dir "$CARGO_TARGET_DIR/benchmarks" \
  --config 'profile.release.lto="thin"' --config 'profile.release.panic="abort"'
runtime=$CARGO_TARGET_DIR/benchmarks/wasm32v1-none/release/assay_runtime.wasm
say "building the node with the sub-command that runs benchmarks"
# The example is not used: asked for it, cargo chooses the dependencies' features as scripts/build.sh makes it choose them,
# so that they are not compiled again. The runtime that is skipped belongs to another benchmark.
SKIP_FRAME_STORAGE_ACCESS_TEST_RUNTIME_WASM_BUILD=1 cargo build --workspace --bin assay-node --example metadata \
  --features assay-node/benchmark-cli,assay-node/fast-runtime --locked

for name in "$@"; do
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
