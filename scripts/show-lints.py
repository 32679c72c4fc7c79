#!/usr/bin/env python3
"""Prints the warnings and errors in the JSON messages of a cargo build (standard input), each once.

Exits with 1 when there are any.
"""

import json
import sys


def main():
    seen = set()
    for line in sys.stdin:
        if not line.startswith("{"):
            continue
        message = json.loads(line)
        if message.get("reason") != "compiler-message":
            continue
        lint = message["message"]
        # Libraries are compiled twice, once for their tests. A message without a place is a count of the others.
        if lint["level"] not in ("warning", "error") or not lint["spans"] or lint["rendered"] in seen:
            continue
        seen.add(lint["rendered"])
        print(lint["rendered"])
    return 1 if seen else 0


if __name__ == "__main__":
    sys.exit(main())
