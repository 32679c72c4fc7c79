#!/usr/bin/env bash
# Prints when a preset mints how much: `./scripts/emission.sh PRESET [--rows N] [--schedule NAME]`.
#
# CSV on standard output, `row,minted,cumulative` in whole tokens with all decimals, with the rows that the network's published
# table has (docs/emission.md). The numbers come from the pallet's own code. Without a preset it lists them.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT"

# The selection of scripts/build.sh, so that nothing is compiled a second time; quiet unless it fails.
emission=$CARGO_TARGET_DIR/debug/examples/emission
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { ./scripts/setup.sh \
  && SKIP_WASM_BUILD=1 cargo build --workspace --example emission --features assay-node/fast-runtime --locked; } \
  > "$log" 2>&1; then
  cat "$log" >&2
  die "the program that prints the emission could not be built"
fi
"$emission" "$@"
