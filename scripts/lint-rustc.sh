#!/bin/bash
# Stands in for the compiler when scripts/check.sh builds (cargo's RUSTC_WORKSPACE_WRAPPER, so only the crates of this
# workspace come here): looks at a crate with clippy's driver, and runs rustdoc over each library with the same arguments.
# What they find comes out as compiler messages, which cargo keeps and repeats for crates that have not changed.
#
# Neither makes code. They read what dependencies declare, which the ordinary build leaves beside their code, and so
# nothing is compiled again. (`cargo clippy` would go through all dependencies once more: it keeps apart what is only
# checked.) In the place of libraries and programs, cargo gets empty files.
rustc=$1
shift
case " $* " in
  # Questions of cargo's about the compiler, build scripts, and the guest programs' own builds.
  *" --target wasm32v1-none "* | *" --target=wasm32v1-none "* | *" --crate-name build_script_build "*) exec "$rustc" "$@" ;;
  *" --crate-name ___ "* | *" -vV "*) exec clippy-driver "$rustc" "$@" ;;
esac

# The same arguments, but to write only declarations, and to read only those; and the same without those about files that
# a compiler writes.
lint=() doc=() name='' suffix='' folder='' kind=lib
while [ $# -gt 0 ]; do
  case $1 in
    --emit=*) lint+=(--emit=dep-info,metadata) ;;
    --diagnostic-width=*) lint+=("$1") ;;
    --out-dir) folder=$2; lint+=("$1" "$2"); shift ;;
    -C)
      case $2 in extra-filename=*) suffix=${2#*=} ;; esac
      lint+=("$1" "$2")
      shift
      ;;
    -C*) lint+=("$1") ;;
    --extern)
      dependency=$2
      declared=${dependency%.rlib}.rmeta
      case $dependency in *=*.rlib) [ ! -e "${declared#*=}" ] || dependency=$declared ;; esac
      lint+=("$1" "$dependency")
      doc+=("$1" "$dependency")
      shift
      ;;
    *)
      case $1 in
        --crate-name) name=$2 ;;
        --test) kind=program ;;
        --crate-type) [ "$2" = lib ] || kind=program ;;
      esac
      lint+=("$1")
      doc+=("$1")
      ;;
  esac
  shift
done

clippy-driver "$rustc" "${lint[@]}" || exit
output=$folder/$name$suffix
[ "$kind" = program ] || output=$folder/lib$name$suffix.rlib
# Not written over: what was there may have other names as well.
rm -f "$output"
: >"$output"
[ "$kind" = lib ] || exit 0
exec rustdoc --out-dir "${CARGO_TARGET_DIR:-target}/doc-check" "${doc[@]}"
