#!/usr/bin/env bash
# Prints when a preset mints how much:
#
#   ./scripts/emission.sh PRESET [--rows N] [--by period|day|month|year] [--schedule NAME]
#
# CSV on standard output, `row,minted,cumulative` in whole tokens with all decimals, with the rows that the network's published
# table has (docs/emission.md). The numbers come from the pallet's own code. Without a preset it lists them.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT"

# What is said on the way goes to standard error.
./scripts/setup.sh >&2
# The selection of scripts/build.sh, so that nothing is compiled a second time.
SKIP_WASM_BUILD=1 cargo build --workspace --example emission --features assay-node/fast-runtime --locked
exec "$CARGO_TARGET_DIR/debug/examples/emission" "$@"
