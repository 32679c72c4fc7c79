#!/usr/bin/env bash
# Lets agents trade, cheat and leave on the real pallets for simulated years, and says who gains and who loses:
#
#   ./scripts/simulate.sh [--days N] [--seed S] [--out DIR]
#
# Writes simulation.csv and simulation.png to DIR (simulation-out in the cache folder if none is given), and prints the table
# of results last. Fails when self-dealing or being many pays, or an invariant of the pallets does not hold. docs/simulation.md
# says what is assumed.
set -euo pipefail
. "$(dirname "$0")/env.sh"

# A folder that is given counts from where the caller stands.
[[ " $* " == *" --out"* ]] || set -- "$@" --out "$ASSAY_CACHE/simulation-out"
(
  cd "$ASSAY_ROOT"
  # What is said on the way goes to standard error.
  ./scripts/setup.sh >&2
  # With the times of the real network, not those of `fast-runtime`.
  SKIP_WASM_BUILD=1 cargo build --workspace --bin assay-simulate --locked
)
exec "$CARGO_TARGET_DIR/debug/assay-simulate" "$@"
