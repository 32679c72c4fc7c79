# shellcheck shell=bash
# Sourced by the scripts that run benchmarks of the runtime. Needs env.sh.

# build_benchmarks: builds the runtime with its benchmarks and sets RUNTIME to its WASM.
build_benchmarks() {
  say "building the runtime with its benchmarks"
  # Only its WASM is used, so only that is built, with the flags that substrate-wasm-builder uses, and in a folder of its
  # own: it would otherwise take the place of the ordinary one.
  RUSTFLAGS="-C link-arg=--export-table -C link-arg=--export=__heap_base -C link-arg=--import-memory --cfg substrate_runtime" \
    cargo rustc --package assay-runtime --lib --crate-type cdylib --target wasm32v1-none --release --locked \
    --no-default-features --features runtime-benchmarks --target-dir "$CARGO_TARGET_DIR/benchmarks" \
    --config 'profile.release.lto="thin"' --config 'profile.release.panic="abort"'
  RUNTIME=$CARGO_TARGET_DIR/benchmarks/wasm32v1-none/release/assay_runtime.wasm
}

# build_bencher PROGRAM FEATURE: builds one of the programs that run benchmarks and sets BENCHER to it.
build_bencher() {
  say "building the program that runs benchmarks"
  # The example is not used: asked for one, cargo chooses the dependencies' features as scripts/build.sh makes it choose
  # them. The runtime that is skipped belongs to a benchmark that is not run.
  SKIP_FRAME_STORAGE_ACCESS_TEST_RUNTIME_WASM_BUILD=1 cargo build --workspace --bin "$1" --example render \
    --features "assay-bencher/$2,assay-node/fast-runtime" --locked
  BENCHER=$CARGO_TARGET_DIR/debug/$1
}
