#!/usr/bin/env python3
"""Serves a lease with a bare process: `assay provider run --lease-runner 'lease-runner.py PROGRAM...'`.

The client's manifest is a JSON object:

    {"command": ["PROGRAM", "ARGUMENT", ...], "files": {"NAME": "TEXT"}}

PROGRAM must be one of those that the operator has named, and `{port}` and `{token}` in an argument stand for the port to listen
on and for a secret that only the client is told. That keeps out mistakes, not strangers: most programs can be had to run others by
their arguments and files. The program runs with the rights of the daemon, so run the daemon as a user who can do nothing else.

LEASE_HOST is the name under which clients reach this machine, 127.0.0.1 if not set.
"""

import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path


def free_port():
    with socket.socket() as any_port:
        any_port.bind(("", 0))
        return any_port.getsockname()[1]


def keep_to_share(lease, processors):
    """Use no more processors than the share; another lease or a job may use the same ones."""
    if hasattr(os, "sched_setaffinity"):
        there = sorted(os.sched_getaffinity(0))
        first = lease * processors % len(there)
        os.sched_setaffinity(0, {there[(first + next_one) % len(there)] for next_one in range(processors)})


def write_files(folder, files):
    for name, text in files.items():
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            sys.exit(f"the file {name} would lie outside the lease's folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def listens(port):
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def main():
    manifest = json.loads(Path(os.environ["ASSAY_MANIFEST"]).read_text())
    folder = Path(os.environ["ASSAY_LEASE_DIR"]).resolve()
    program, *arguments = manifest["command"]
    if program not in sys.argv[1:]:
        sys.exit(f"{program} is not among the programs that may be leased: {' '.join(sys.argv[1:])}")
    keep_to_share(int(os.environ["ASSAY_LEASE"]), int(os.environ["ASSAY_PROCESSORS"]))
    write_files(folder, manifest.get("files", {}))

    port, token = free_port(), secrets.token_urlsafe(24)
    arguments = [argument.replace("{port}", str(port)).replace("{token}", token) for argument in arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    # In the daemon's eyes it is one with this script, and is stopped with it. What it prints goes to the daemon's log.
    process = subprocess.Popen(
        [program, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr
    )
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())

    while process.poll() is None and not listens(port):
        time.sleep(0.1)
    if process.poll() is None:
        host = os.environ.get("LEASE_HOST", "127.0.0.1")
        print(json.dumps({"endpoint": f"http://{host}:{port}", "token": token}), flush=True)

    while process.poll() is None:
        # Input ends when the lease is to stop, or when the daemon is gone.
        if select.select([sys.stdin], [], [], 0.5)[0] and not os.read(sys.stdin.fileno(), 1):
            process.terminate()
            process.wait()
    sys.exit(process.returncode if process.returncode > 0 else 0)


if __name__ == "__main__":
    main()
