#!/usr/bin/env python3
"""Checks that no test is left out of the build.

A library or program whose manifest says `test = false` is not compiled a second time for tests, and a test that was
written into it would never run.

Reads `cargo metadata --no-deps --format-version 1` on standard input. Prints a line for each file with tests in such a
target; exits with 1 when there are any.
"""

import json
import re
import sys
from pathlib import Path

TEST = re.compile(r"#\[(\w+::)*test\b|\bproptest!\s*[{(]|#\[cfg\(test\)\]")


def untested(package):
    """The source files of a package that only belong to targets without tests."""
    targets = [target for target in package["targets"] if {"lib", "bin"} & set(target["kind"])]
    roots = {Path(target["src_path"]): target["test"] for target in targets}
    tested = {root.parent for root, test in roots.items() if test}
    for root, test in roots.items():
        if test:
            continue
        if root.parent in tested:
            yield root
        else:
            yield from (file for file in root.parent.rglob("*.rs") if roots.get(file) is not True)


def main():
    found = sorted(
        f"{file}: its tests would not run, since {package['name']} says `test = false` for it"
        for package in json.load(sys.stdin)["packages"]
        for file in set(untested(package))
        if TEST.search(file.read_text())
    )
    print("\n".join(found) if found else "no test is left out")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
