#!/usr/bin/env bash
# Builds everything that people try and tests run: node, command line, benches and all test programs, with the test
# network's short times. Arguments go to cargo, so `./scripts/build.sh --message-format=json` works as well.
#
# There is one selection of crates and features on purpose: cargo unites the features of what it is asked to build, and
# another selection would compile half of the dependencies a second time.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT"

exec cargo build --workspace --all-targets --features assay-node/fast-runtime --locked "$@"
