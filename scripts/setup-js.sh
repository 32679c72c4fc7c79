#!/usr/bin/env bash
# Installs what the JavaScript client tests and the TOML formatter need into clients-js/node_modules: exactly what
# package-lock.json names, only when that has changed.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT/clients-js"

command -v npm >/dev/null 2>&1 || die "please install node 20 or newer with npm"
stamp=node_modules/.assay-stamp
if ! cmp -s package-lock.json "$stamp"; then
  say "installing the JavaScript clients"
  # Not `npm ci`: it refuses a lock file without the programs of other platforms, which not every registry has.
  npm install --no-save --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
fi
