#!/usr/bin/env bash
# Keeps the runtime of this checkout in zombienet/releases as that of the last release, for the test of an upgrade: to be run
# at a release, when the version stands in Cargo.toml. What lay there before is removed once that is there.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT"
[ $# = 0 ] || die "no arguments, please"

./scripts/setup.sh
./scripts/build.sh
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
"$CARGO_TARGET_DIR/debug/assay-node" export-chain-spec --chain local | python3 -c '
import json, sys
specification, path = json.load(sys.stdin), "zombienet/releases/" + sys.argv[1]
code = specification["genesis"]["runtimeGenesis"].pop("code")
open(path + ".wasm", "wb").write(bytes.fromhex(code[2:]))
json.dump(specification, open(path + ".json", "w"), indent=1)
' "$version"
sed -i "s/^const VERSION: &str = \".*\";$/const VERSION: \&str = \"$version\";/" zombienet/src/release.rs
find zombienet/releases \( -name '*.wasm' -o -name '*.json' \) ! -name "$version.*" -delete
say "zombienet/releases has the runtime of $version"
