#!/bin/sh
# Stands in for the compiler when scripts/check.sh builds (cargo's RUSTC_WORKSPACE_WRAPPER, so only the crates of this
# workspace come here): compiles with clippy's driver, and runs rustdoc over each library with the same arguments. What
# they find comes out as compiler messages, which cargo keeps and repeats for crates that have not changed. Neither needs
# dependencies in another form than the ordinary build has them, and so nothing but our own crates is compiled again.
rustc=$1
shift
case " $* " in
  # Questions of cargo's about the compiler, build scripts, and the guest programs' own builds.
  *" --target wasm32v1-none "* | *" --target=wasm32v1-none "* | *" --crate-name build_script_build "*) exec "$rustc" "$@" ;;
  *" --crate-name ___ "* | *" -vV "*) exec clippy-driver "$rustc" "$@" ;;
esac

# Programs of this build are linted, not used.
clippy-driver "$rustc" "$@" -C opt-level=0 || exit
case " $* " in
  *" --test "* | *" --crate-type bin "*) exit ;;
esac

# The same arguments without those about the files that a compiler writes.
count=$#
while [ "$count" -gt 0 ]; do
  case $1 in
    --emit=* | --diagnostic-width=*) ;;
    --out-dir) shift; count=$((count - 1)) ;;
    -C) shift; count=$((count - 1)) ;;
    -C*) ;;
    *) set -- "$@" "$1" ;;
  esac
  shift
  count=$((count - 1))
done
exec rustdoc --out-dir "${CARGO_TARGET_DIR:-target}/doc-check" "$@"
