#!/usr/bin/env bash
# Measures the weights of our pallets, or of those named, and writes them to pallets/*/src/weights.rs:
#
#   ./scripts/weights.sh [pallet_capacity|pallet_checkers|pallet_compute_credits|pallet_compute_lease|pallet_compute_market|pallet_reward_vesting|pallet_staking_slash|pallet_token_mint|pallet_work_proofs]...
#
# Give it a quiet machine. STEPS and REPEAT may be set lower to try things out.
set -euo pipefail
. "$(dirname "$0")/env.sh"
. "$(dirname "$0")/bencher.sh"
cd "$ASSAY_ROOT"

ALL=(pallet_capacity pallet_checkers pallet_compute_credits pallet_compute_lease pallet_compute_market pallet_reward_vesting pallet_staking_slash pallet_token_mint pallet_work_proofs)
for name in "$@"; do
  [[ " ${ALL[*]} " == *" $name "* ]] || die "no pallet of ours is named $name; there are: ${ALL[*]}"
done
[ $# != 0 ] || set -- "${ALL[@]}"

./scripts/setup.sh
build_bencher
note="DATE: $(date -u +%F), CPU: \`$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)\`, WASM-EXECUTION: \`Compiled\`"
measured=$(mktemp)
trap 'rm -f "$measured"' EXIT
for name in "$@"; do
  folder=${name#pallet_}
  output=pallets/${folder//_/-}/src/weights.rs
  say "measuring $name"
  "${BENCHER[@]}" weights "$name" --steps "${STEPS:-50}" --repeat "${REPEAT:-20}" --note "$note" >"$measured"
  cat "$measured" >"$output"
  cargo fmt --package "${name//_/-}"
  say "wrote $output"
done
