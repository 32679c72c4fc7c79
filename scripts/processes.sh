# shellcheck shell=bash
# Sourced by the scripts that start programs: each runs in the background with its log in a file and is stopped by its
# own process id when the script ends, however it ends. Needs RUN_DIR, the folder for the logs, and env.sh.

PIDS=()
NAMES=()

# start NAME COMMAND...: run it in the background; its log is $RUN_DIR/NAME.log.
start() {
  local name=$1
  shift
  "$@" >"$RUN_DIR/$name.log" 2>&1 </dev/null &
  PIDS+=($!)
  NAMES+=("$name")
}

# stop_all: ask what was started to end, latest first, and wait; who does not listen within ten seconds is killed.
stop_all() {
  local i waited
  for ((i = ${#PIDS[@]} - 1; i >= 0; i--)); do
    kill -TERM "${PIDS[i]}" 2>/dev/null || true
    for ((waited = 0; waited < 100; waited++)); do
      kill -0 "${PIDS[i]}" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "${PIDS[i]}" 2>/dev/null || true
    wait "${PIDS[i]}" 2>/dev/null || true
  done
  PIDS=()
  NAMES=()
}

# fail MESSAGE [LOG]: end the script with an error that shows the end of a log.
fail() {
  if [ -n "${2:-}" ] && [ -s "$2" ]; then
    printf -- '---- the last lines of %s\n' "$2" >&2
    tail -n 20 "$2" >&2
    printf -- '----\n' >&2
  fi
  die "$1"
}

# ensure_running: fail when something that was started has ended by itself.
ensure_running() {
  local i
  for i in "${!PIDS[@]}"; do
    kill -0 "${PIDS[i]}" 2>/dev/null || fail "${NAMES[i]} ended by itself" "$RUN_DIR/${NAMES[i]}.log"
  done
}

# wait_for SECONDS WHAT LOG COMMAND...: try the command until it succeeds.
wait_for() {
  local seconds=$1 what=$2 log=$3 end
  shift 3
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    ensure_running
    [ "$SECONDS" -lt "$end" ] || fail "waited $seconds seconds in vain for $what" "$log"
    sleep 0.3
  done
}

# free_port: a port of this machine on which nobody listens, below those of outgoing connections.
free_port() {
  python3 - <<'PYTHON'
import random, socket
for port in random.sample(range(20000, 32000), 200):
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            continue
    print(port)
    break
else:
    raise SystemExit("no free port")
PYTHON
}

# rpc PORT METHOD [PARAMS]: one JSON-RPC call; prints the result.
rpc() {
  curl --silent --show-error --fail --max-time 10 --header 'Content-Type: application/json' \
    --data "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$2\",\"params\":${3:-[]}}" "http://127.0.0.1:$1" |
    python3 -c 'import json, sys
answer = json.load(sys.stdin)
if "result" not in answer:
    raise SystemExit(json.dumps(answer.get("error")))
result = answer["result"]
print(result if isinstance(result, str) else json.dumps(result))'
}

# block_made PORT: whether the chain has a block beside the first.
block_made() {
  [ "$(rpc "$1" chain_getHeader | python3 -c 'import json, sys; print(int(json.load(sys.stdin)["number"], 16))')" -ge 1 ]
}

# start_dev_node FOLDER: a chain with one validator, which listens for WebSockets as light clients need it. Sets RPC_PORT;
# returns when it makes blocks.
start_dev_node() {
  RPC_PORT=$(free_port)
  start node "$CARGO_TARGET_DIR/debug/assay-node" --dev --base-path "$1" --rpc-port "$RPC_PORT" \
    --listen-addr "/ip4/127.0.0.1/tcp/$(free_port)/ws" --no-prometheus --no-telemetry --no-mdns
  wait_for 90 "the node's first block" "$RUN_DIR/node.log" block_made "$RPC_PORT"
}
