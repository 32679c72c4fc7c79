#!/usr/bin/env bash
# From nothing to one paid, proved render: sets up and builds what is missing, starts a chain with one validator and a
# provider, posts a job for the demo scene with money in escrow, follows it to its end, and checks the picture against a
# native render. Says at the end where the picture is and where the money went.
#
#   ./scripts/demo.sh           leaves nothing running
#   ./scripts/demo.sh --keep    leaves the network running and says how to look at it
#   ./scripts/demo.sh --cheat   with a provider that has one unit wrong: ends with the provider slashed, the client
#                               refunded, and a picture of the disputed unit beside the true one; goes with --keep
#
# The chain is one with short times (blocks of two seconds), made anew each time. The picture stays in
# $ASSAY_CACHE/demo, and so do the logs.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT"

KEEP=
CHEAT=
for argument in "$@"; do
  case "$argument" in
    --keep) KEEP=1 ;;
    --cheat) CHEAT=1 ;;
    *) die "the only arguments are --keep and --cheat" ;;
  esac
done

PROVIDER=//Bob
CLIENT=//Ferdie
# Most that the client pays for a unit. The provider asks for less, by the gas that the job allows a unit.
CEILING=0.1

begin=$SECONDS
./scripts/setup.sh
say "building (the first time takes the better part of an hour, later seconds to minutes)"
./scripts/build.sh
BIN=$CARGO_TARGET_DIR/debug
say "ready after $((SECONDS - begin)) s"

mkdir -p "$ASSAY_CACHE/demo"
RUN_DIR=$(mktemp -d "$ASSAY_CACHE/demo/$(date +%Y%m%d-%H%M%S)-XXX")
. ./scripts/processes.sh
finish() {
  local status=$?
  if [ -n "$KEEP" ] && [ "$status" = 0 ]; then return; fi
  stop_all
  # The chain is of no use any more; picture and logs are.
  rm -rf "$RUN_DIR/chain" "$RUN_DIR/provider" "$RUN_DIR/client"
  [ "$status" = 0 ] || echo "logs: $RUN_DIR" >&2
}
trap finish EXIT
trap 'exit 130' INT TERM

assay() { "$BIN/assay" "$@" --node "ws://127.0.0.1:$RPC_PORT" --json; }

# field NAME: the value of a field in the last line of JSON on standard input that has it; nothing when there is none.
field() {
  python3 -c '
import json, sys
value = ""
for line in sys.stdin:
    try:
        value = json.loads(line).get(sys.argv[1], value)
    except ValueError:
        pass
print(value)' "$1"
}

# tokens AMOUNT [LESS]: an amount of the smallest denomination, less another, as people read it.
tokens() {
  python3 -c '
import sys
amount = int(sys.argv[1] or 0) - int(sys.argv[2] or 0)
whole, rest = divmod(abs(amount), 10**12)
print("-" * (amount < 0) + f"{whole}.{rest:012}".rstrip("0").rstrip("."), "ASY")' "$1" "${2:-0}"
}

say "starting a chain with one validator"
start_dev_node "$RUN_DIR/chain"

provider=("$BIN/assay" provider run)
# What the client does with the result. Running all of it again takes a while, and the review is as long.
review=(--accept)
if [ -n "$CHEAT" ]; then
  provider=("$BIN/assay-cheater" provider --cheat wrong-unit)
  review=(--accept --check all --evidence "$RUN_DIR" --review-blocks 90)
fi
say "starting a provider${CHEAT:+ that cheats}: $PROVIDER bonds stake and puts a machine on the market"
port=$(free_port)
start provider "${provider[@]}" --key "$PROVIDER" --node "ws://127.0.0.1:$RPC_PORT" --json \
  --listen "127.0.0.1:$port" --endpoint "http://127.0.0.1:$port" --data-dir "$RUN_DIR/provider" \
  --tier 1 --slots 1 --bond --claim-above 0.000001
wait_for 60 "the provider's machine to be on the market" "$RUN_DIR/provider.log" \
  grep -q '"event":"ready"' "$RUN_DIR/provider.log"

minted_before=$(assay chain status | field minted)

say "posting the demo scene as a job: $CLIENT pays at most $CEILING ASY a unit, held in escrow"
start client "$BIN/assay" job submit --demo --key "$CLIENT" --node "ws://127.0.0.1:$RPC_PORT" --json \
  --ceiling "$CEILING" --watch "${review[@]}" --data-dir "$RUN_DIR/client"
client=${PIDS[-1]}
wait_for 60 "the job to be on the chain" "$RUN_DIR/client.log" grep -q '"job":' "$RUN_DIR/client.log"
job=$(field job <"$RUN_DIR/client.log")

# One line whenever something has changed. The client reports each step of the job, the provider how far it is.
shown=
while kill -0 "$client" 2>/dev/null; do
  progress=$(curl --silent --max-time 2 "http://127.0.0.1:$port/jobs/$job" || true)
  units=$(field units <<<"$progress")
  line="job $job $(field state <"$RUN_DIR/client.log"), $(tokens "$(field escrow <"$RUN_DIR/client.log")") in escrow"
  [ -z "$units" ] || line+=", $(field 'done' <<<"$progress") of $units units done"
  if [ "$line" != "$shown" ]; then
    printf '    block %3d  %s\n' "$(rpc "$RPC_PORT" chain_getHeader | field number)" "$line"
    shown=$line
  fi
  sleep 0.5
done
ended=0
wait "$client" || ended=$?
unset 'PIDS[-1]' 'NAMES[-1]'
report() { field "$1" <"$RUN_DIR/client.log"; }

# still_running: how to look at what --keep leaves.
still_running() {
  [ -n "$KEEP" ] || return 0
  cat <<TEXT

The network is still running. To look at it:
  $BIN/assay chain status --node ws://127.0.0.1:$RPC_PORT
  polkadot.js apps, connected to ws://127.0.0.1:$RPC_PORT
  tail -f $RUN_DIR/*.log
To stop it: kill ${PIDS[*]}
TEXT
}

if [ -n "$CHEAT" ]; then
  # Nobody has done anything but to start the three programs: the client found the unit and disputed it by itself.
  verdict=$(grep '"event":"refuted"' "$RUN_DIR/client.log") || fail "the cheat was not found out" "$RUN_DIR/client.log"
  told() { field "$1" <<<"$verdict"; }
  [ "$(report state)" = refunded ] || fail "the job was not refunded" "$RUN_DIR/client.log"
  [ "$(told slashed)" -gt 0 ] || fail "the provider was not slashed" "$RUN_DIR/client.log"
  picture=$(grep '"event":"evidence"' "$RUN_DIR/client.log" | field png)
  [ -s "$picture" ] || fail "there is no picture of the disputed unit" "$RUN_DIR/client.log"
  stake=$(assay stake status --key "$PROVIDER" | field bonded)
  say "done in $((SECONDS - begin)) s"
  cat <<TEXT
the cheat           $PROVIDER had unit $(told unit) of $(report units) wrong
found out           by the client, which runs all units again, and disputed that one
decided             in block $(told block): the chain ran the unit with $(told gas) gas
provider slashed    $(tokens "$(told slashed)"); left of its stake: $(tokens "$stake")
client got back     $(tokens "$(report refunded)") from escrow: all that was left in it
                    $(tokens "$(told to_client)") of the slash, as the wronged
                    $(tokens "$(told to_challenger)") of the slash, as whoever showed it
picture             $picture
                    on the left the unit as it was served, on the right as it should be
TEXT
  still_running
  exit 0
fi

[ "$ended" = 0 ] || fail "the job did not end well" "$RUN_DIR/client.log"
[ "$(report state)" = settled ] || fail "the job was not settled" "$RUN_DIR/client.log"

say "fetching the picture and rendering it natively to compare"
picture=$RUN_DIR/picture.png
assay job fetch "$job" --png "$picture" --data-dir "$RUN_DIR/client" >"$RUN_DIR/fetch.log" 2>&1 || fail "cannot fetch the picture" "$RUN_DIR/fetch.log"
"$BIN/examples/render" guests/scenes/demo.scene "$RUN_DIR/native.png" >"$RUN_DIR/native.log" 2>&1 ||
  fail "cannot render natively" "$RUN_DIR/native.log"
sum() { sha256sum "$1" | cut -d' ' -f1; }
[ "$(sum "$picture")" = "$(sum "$RUN_DIR/native.png")" ] || fail "the picture differs from a native render of the scene"

say "waiting for the end of the round, in which the provider's work reward comes due"
wait_for 90 "the work reward" "$RUN_DIR/provider.log" grep -q '"event":"reward","kind":"work"' "$RUN_DIR/provider.log"
minted_after=$(assay chain status | field minted)

say "done in $((SECONDS - begin)) s"
cat <<TEXT
picture             $picture
sha256              $(sum "$picture"), the same as that of a native render
client paid         $(tokens "$(report paid)")
provider received   $(tokens "$(report provider_received)") as the price
                    $(tokens "$(grep '"event":"reward","kind":"work"' "$RUN_DIR/provider.log" | field amount)") as work reward
burned              $(tokens "$(report burned)")
to the treasury     $(tokens "$(report to_treasury)")
minted meanwhile    $(tokens "$minted_after" "$minted_before")
TEXT
still_running
