#!/usr/bin/env python3
"""Checks that features are passed on, as zepter's `propagate-feature` does.

A crate that has one of the features below turns it on in each dependency that has it too. Where that is forgotten, a
build of the whole workspace still works, and the crate alone, or the runtime for WASM, does not.

Reads `cargo metadata --format-version 1` on standard input. Prints a line for each omission; exits with 1 when there are any.
"""

import json
import sys

FEATURES = ("std", "runtime-benchmarks", "try-runtime")


def omissions(metadata):
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    for member in metadata["workspace_members"]:
        package = packages[member]
        # What the resolver chose for each dependency, by the name that the manifest gives it.
        chosen = {}
        for dependency in nodes[member]["deps"]:
            chosen.setdefault(dependency["name"], packages[dependency["pkg"]])
        for dependency in package["dependencies"]:
            if dependency["kind"] is not None:
                continue
            name = dependency["rename"] or dependency["name"]
            target = chosen.get(name.replace("-", "_"))
            if target is None:
                continue
            for feature in FEATURES:
                if feature not in package["features"] or feature not in target["features"]:
                    continue
                if feature in dependency["features"] or (feature == "std" and dependency["uses_default_features"]):
                    continue
                if not {f"{name}/{feature}", f"{name}?/{feature}"} & set(package["features"][feature]):
                    yield f"{package['name']}: feature `{feature}` does not turn on `{name}/{feature}`"


def main():
    found = list(omissions(json.load(sys.stdin)))
    print("\n".join(found) if found else "features are passed on everywhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
