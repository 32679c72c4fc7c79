#!/usr/bin/env bash
# Writes the runtime's metadata to clients-js/metadata.scale, and what the command line needs of it to
# cli/types/metadata.scale; from these the clients generate their types. To be run after a change of a pallet's calls,
# storage, events or constants; a test of the runtime fails when a file is not up to date.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT"
[ $# = 0 ] || die "no arguments, please"

./scripts/setup.sh
# The native runtime knows its metadata, so that the WASM need not be built for it.
SKIP_WASM_BUILD=1 cargo build --workspace --example metadata --features assay-node/fast-runtime --locked
"$CARGO_TARGET_DIR/debug/examples/metadata" clients-js/metadata.scale cli/types/metadata.scale
say "wrote clients-js/metadata.scale and cli/types/metadata.scale"
