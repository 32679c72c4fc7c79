# shellcheck shell=bash
# Sourced by every script here: where caches lie and which compiler is used.
# It changes nothing on the machine; scripts/setup.sh does that.

ASSAY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ASSAY_CACHE=${ASSAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/assay}
# Outside the checkout, so that every clone on this machine shares compiled dependencies.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$ASSAY_CACHE/target}
export ASSAY_ROOT ASSAY_CACHE
# Where nodes that are started from here keep the runtimes that they compiled.
export ASSAY_RUNTIME_CACHE=${ASSAY_RUNTIME_CACHE:-$ASSAY_CACHE/runtimes}
# The runtime as operators have it, stripped and compressed: specifications and checkpoints that hold one stay small.
export WASM_BUILD_TYPE=${WASM_BUILD_TYPE:-release}
# With libssl-dev installed this saves four minutes of building OpenSSL from source.
export OPENSSL_NO_VENDOR=1
# A build must never stop to download a toolchain.
export RUSTUP_AUTO_INSTALL=0

if [ -x "$ASSAY_CACHE/toolchain/bin/cargo" ]; then
  # scripts/setup.sh chose Debian's compiler: these are links to it. It has the lint and format tools of the
  # same version, and the WASM target that setup built for it.
  PATH="$ASSAY_CACHE/toolchain/bin:$PATH"
  export PATH
  export CARGO_TARGET_WASM32V1_NONE_LINKER=wasm-ld
fi

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
