#!/usr/bin/env bash
# Installs what the JavaScript client tests and the TOML formatter need into clients-js/node_modules: exactly what
# package-lock.json names, only when that has changed. Takes 20 seconds, or none. To change a version, edit
# clients-js/package.json, run `npm install --omit-lockfile-registry-resolved` there, then this.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT/clients-js"

stamp=node_modules/.assay-stamp
if ! cmp -s package-lock.json "$stamp"; then
  command -v npm >/dev/null 2>&1 || die "please install node 20 or newer with npm"
  node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' ||
    die "node $(node --version) is too old: please install node 20 or newer"
  say "installing the JavaScript clients"
  # It empties node_modules first, so that the stamp stands only on a whole installation. Only esbuild has an install
  # script, and works without it.
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
fi
