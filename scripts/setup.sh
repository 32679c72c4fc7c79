#!/usr/bin/env bash
# Makes this machine able to build Assay. Idempotent: what is there already is left alone, and a second run takes
# about a second. It needs, and installs through the system's package manager when it is Debian-like and we are root:
#   protoc, clang, libclang, lld, pkg-config, the OpenSSL headers    (to build the node's native dependencies)
#   a Rust compiler with the target wasm32v1-none                    (to build the runtime and the guest programs)
#   node and npm                                                     (only for the JavaScript client tests)
#   ip of iproute2                                                   (only for the network test of a partition)
# The compiler comes by one of two ways, tried in this order:
#   rustup   the toolchain of rust-toolchain.toml, when it is installed with its WASM target
#   debian   the packages rustc-web, cargo-web and rust-web-src, and `core` and `alloc` for the target built here;
#            on systems without apt-get, it says what rustup has to do instead
set -euo pipefail
. "$(dirname "$0")/env.sh"

TARGET=wasm32v1-none
mkdir -p "$ASSAY_CACHE"

# ---- native tools -----------------------------------------------------------------------------------------------
missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need protoc protobuf-compiler
need clang clang
need wasm-ld lld
need pkg-config pkg-config
need cc build-essential
need curl curl
need python3 python3
need node nodejs
need npm npm
need ip iproute2
if command -v dpkg >/dev/null 2>&1; then
  for package in libclang-dev libssl-dev; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
fi
install_packages() {
  command -v apt-get >/dev/null 2>&1 || die "please install with your package manager: $*"
  [ "$(id -u)" = 0 ] || die "please run as root: apt-get install $*"
  say "installing $*"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$ASSAY_CACHE/apt.log" 2>&1 ||
    { tail -n 20 "$ASSAY_CACHE/apt.log" >&2; die "apt-get could not install $*"; }
}
[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"

# ---- compiler ---------------------------------------------------------------------------------------------------
# A compiler will do if it can build a no_std crate for the target: the test is the thing itself.
builds_wasm() {
  local dir; dir=$(mktemp -d)
  printf '#![no_std]\nextern crate alloc;\npub fn f() -> alloc::vec::Vec<u8> { alloc::vec::Vec::new() }\n' >"$dir/probe.rs"
  (cd "$dir" && "$1" --edition 2021 --crate-type rlib --target $TARGET -o probe.rlib probe.rs) >/dev/null 2>&1
  local ok=$?
  rm -rf "$dir"
  return $ok
}

if [ -x "$ASSAY_CACHE/toolchain/bin/rustc" ] && builds_wasm "$ASSAY_CACHE/toolchain/bin/rustc"; then
  way=debian
elif [ ! -e "$ASSAY_CACHE/toolchain" ] && (cd "$ASSAY_ROOT" && rustc --version >/dev/null 2>&1 && builds_wasm rustc); then
  way=rustup
else
  way=debian
  { [ -x /usr/bin/rustc ] && [ -d /usr/lib/rustlib ] && [ -x /usr/bin/cargo-clippy ] && [ -x /usr/bin/rustfmt ] &&
    dpkg -s rust-web-src >/dev/null 2>&1; } || {
    # Other systems have no packages of these names; with rustup it takes one command there.
    if ! command -v apt-get >/dev/null 2>&1; then
      command -v rustup >/dev/null 2>&1 || die "no Rust compiler for $TARGET: please install rustup (https://rustup.rs), \
and then run in $ASSAY_ROOT: rustup toolchain install"
      die "rustup lacks the toolchain of rust-toolchain.toml: please run in $ASSAY_ROOT: rustup toolchain install"
    fi
    install_packages rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web
  }
  bin=$ASSAY_CACHE/toolchain/bin
  mkdir -p "$bin"
  for tool in cargo rustc rustdoc rustfmt cargo-clippy clippy-driver cargo-fmt; do
    [ -x /usr/bin/$tool ] && ln -sfn /usr/bin/$tool "$bin/$tool"
  done
  if ! builds_wasm "$bin/rustc"; then
    say "building core and alloc for $TARGET (half a minute, once)"
    lib=$("$bin/rustc" --print sysroot)/lib/rustlib/$TARGET/lib
    dir=$(mktemp -d)
    mkdir -p "$dir/src"
    printf '[package]\nname = "target-libs"\nversion = "0.0.0"\nedition = "2021"\n' >"$dir/Cargo.toml"
    printf '#![no_std]\nextern crate alloc;\n' >"$dir/src/lib.rs"
    # `embed-bitcode`: the runtime is linked with LTO, which reads the bitcode of these libraries too.
    (cd "$dir" && PATH="$bin:$PATH" CARGO_TARGET_DIR="$dir/target" RUSTC_BOOTSTRAP=1 \
      RUSTFLAGS="-C embed-bitcode=yes" CARGO_TARGET_WASM32V1_NONE_LINKER=wasm-ld \
      "$bin/cargo" build --quiet --release -Z build-std=core,alloc --target $TARGET)
    mkdir -p "$lib" 2>/dev/null || die "cannot write $lib: run this script once as root"
    cp "$dir"/target/$TARGET/release/deps/lib{core,alloc,compiler_builtins}-*.rlib "$lib/"
    rm -rf "$dir"
    builds_wasm "$bin/rustc" || die "the libraries for $TARGET were built but rustc does not find them in $lib"
  fi
fi

# Read again: the choice above may have changed the PATH.
. "$(dirname "$0")/env.sh"
say "compiler: $way, $(rustc --version | cut -d' ' -f1-2); target directory: $CARGO_TARGET_DIR"
