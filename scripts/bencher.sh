# shellcheck shell=bash
# Sourced by the scripts that run benchmarks of the runtime. Needs env.sh.

# build_bencher: builds the runtime with its benchmarks and the program that runs them. Sets BENCHER to the start of its
# command line.
build_bencher() {
  say "building the runtime with its benchmarks"
  # Only its WASM is used, so only that is built, with the flags that substrate-wasm-builder uses and the profile that
  # operators build with, and in a folder of its own: it would otherwise take the place of the ordinary one.
  RUSTFLAGS="-C link-arg=--export-table -C link-arg=--export=__heap_base -C link-arg=--import-memory --cfg substrate_runtime" \
    cargo rustc --package assay-runtime --lib --crate-type cdylib --target wasm32v1-none --profile production --locked \
    --no-default-features --features runtime-benchmarks --target-dir "$CARGO_TARGET_DIR/benchmarks" \
    --config 'profile.production.panic="abort"'
  say "building the program that runs benchmarks"
  # The example is not used: asked for one, cargo chooses the dependencies' features as scripts/build.sh makes it choose
  # them, so that they are not compiled again.
  cargo build --workspace --bin assay-bencher --example render --features assay-bencher/run,assay-node/fast-runtime \
    --locked
  BENCHER=("$CARGO_TARGET_DIR/debug/assay-bencher" "$CARGO_TARGET_DIR/benchmarks/wasm32v1-none/production/assay_runtime.wasm")
}
