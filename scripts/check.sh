#!/usr/bin/env bash
# Checks how the sources look, without running them. All checks, or those named:
#   format    rustfmt for Rust, taplo for TOML
#   lints     clippy and rustdoc over all our crates; a warning is an error here
#   features  each crate passes std, runtime-benchmarks and try-runtime on to its dependencies; no test is left out
#   scripts   the shell scripts parse; the JavaScript parses
# Prints one line for each check, and what is wrong with those that fail.
set -uo pipefail
. "$(dirname "$0")/env.sh"
cd "$ASSAY_ROOT" || exit 1

format() {
  local status=0
  cargo fmt --all -- --check -l || { echo "these want \`cargo fmt --all\`"; status=1; }
  toml_format || status=1
  return "$status"
}

toml_format() {
  ./scripts/setup-js.sh || return 1
  # Only what belongs to the repository: git knows it.
  git ls-files --cached --others --exclude-standard '*.toml' |
    RUST_LOG=error xargs clients-js/node_modules/.bin/taplo format --config .config/taplo.toml --check ||
    { echo "these want the same command without --check"; return 1; }
}

lints() {
  # Another pass over our own crates, on the dependencies of the ordinary build; see scripts/lint-rustc.sh. The runtime is
  # linted as a library: its WASM has nothing that could differ.
  local status=0 target=$CARGO_TARGET_DIR/lint
  ./scripts/build.sh >"$messages.build" 2>&1 || { tail -n 30 "$messages.build"; return 1; }
  # In a target directory of its own, since empty files take the place of programs there. What was compiled of the
  # dependencies is linked into it.
  mkdir -p "$target/debug"
  cp -alf "$CARGO_TARGET_DIR"/debug/{deps,build,.fingerprint} "$target/debug/" || return 1
  CARGO_TARGET_DIR=$target RUSTC_WORKSPACE_WRAPPER="$ASSAY_ROOT/scripts/lint-rustc.sh" SKIP_WASM_BUILD=1 \
    ./scripts/build.sh --message-format=json >"$messages" 2>"$messages.log" || status=$?
  ./scripts/show-lints.py <"$messages" || return 1
  [ "$status" = 0 ] || { tail -n 30 "$messages.log"; return 1; }
}

features() {
  local status=0
  cargo metadata --format-version 1 --locked | ./scripts/check-features.py || status=1
  cargo metadata --format-version 1 --locked --no-deps | ./scripts/check-targets.py || status=1
  return "$status"
}

scripts() {
  local file status=0
  for file in scripts/*.sh .ci/run; do
    bash -n "$file" || status=1
  done
  for file in scripts/*.py; do
    python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" || status=1
  done
  for file in clients-js/test/*.js; do
    node --check "$file" || status=1
  done
  return "$status"
}

ALL=(format lints features scripts)
for name in "$@"; do
  [[ " ${ALL[*]} " == *" $name "* ]] || die "no check named $name; there are: ${ALL[*]}"
done
[ $# != 0 ] || set -- "${ALL[@]}"

messages=$(mktemp)
trap 'rm -f "$messages" "$messages.log" "$messages.build" "$messages.out"' EXIT
failed=0
for name in "$@"; do
  begin=$SECONDS
  if $name >"$messages.out" 2>&1; then
    echo "ok      $name ($((SECONDS - begin)) s)"
  else
    echo "FAILED  $name ($((SECONDS - begin)) s)"
    sed 's/^/    /' "$messages.out"
    failed=1
  fi
done
exit $failed
