#!/usr/bin/env bash
# Writes the runtime's metadata to cli/metadata.scale, from which the command line and the JavaScript clients generate
# their types. To be run after a change of a pallet's calls, storage, events or constants; a test of the runtime fails
# when the file is not up to date.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT"
[ $# = 0 ] || die "no arguments, please"

./scripts/setup.sh
# The native runtime knows its metadata, so that the WASM need not be built for it.
SKIP_WASM_BUILD=1 cargo build --workspace --example metadata --features assay-node/fast-runtime --locked
"$CARGO_TARGET_DIR/debug/examples/metadata" cli/metadata.scale
say "wrote cli/metadata.scale"
