"""What a CoreDNS says of Corefiles, one process for each: nothing of one is left for the next.

    python -m tests.verdicts.coredns BINARY < LINES      (as root: in a network of its own, in a pod's surroundings)

A line is a Corefile as a JSON string; the answer to it is a JSON list of verdict, line and message.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from threading import Timer
from typing import NamedTuple

POD = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
PATIENCE = 1.5
"""Seconds: whoever neither serves nor is gone by then waits for somebody."""

SURROUNDINGS = """
ip link set lo up
mount -t tmpfs none /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
echo token > /run/secrets/kubernetes.io/serviceaccount/token
exec "$@"
"""
_PLACE = re.compile(r"Corefile:(\d+) - ")
_LATE = re.compile(
    r"(Listen|ListenPacket|listen (tcp|udp))\b|plugin/k8s_external: kubernetes plugin not loaded"
    r"|plugin/loadbalance: (read|wrong|missing|incorrect)"
)
"""Messages of those who have taken the Corefile, and then cannot have their sockets, or miss a plugin."""

_OF_A_FILE = "failed to open database file"
"""`geoip` says so behind its block, at a line that has nothing to do with it."""


class Answer(NamedTuple):
    """`accept`, `reject`, `late` for what is found when a server begins to listen, `timeout` for who waits for a cloud.

    The line is that which the message names, if it does.
    """

    verdict: str
    line: str
    message: str


def ask(binary: str, corefiles: Sequence[str], jobs: int = 2) -> list[Answer]:
    """The answers to texts, in their order."""
    shares = [corefiles[start::jobs] for start in range(jobs)]
    with ThreadPoolExecutor(jobs) as pool:
        answers = list(pool.map(_ask_apart, repeat(binary), shares))
    return [answers[at % jobs][at // jobs] for at in range(len(corefiles))]


def _ask_apart(binary: str, corefiles: Sequence[str]) -> list[Answer]:
    command = ["unshare", "--net", "--mount", "sh", "-c", SURROUNDINGS, "sh", sys.executable, "-m", __name__, binary]
    lines = "".join(json.dumps(corefile) + "\n" for corefile in corefiles)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    return [Answer(*json.loads(line)) for line in done.stdout.splitlines()]


def ask_one(binary: str, corefile: str) -> Answer:
    """The answer to one text, in a folder that has nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Corefile").write_bytes(corefile.encode("utf-8", "surrogateescape"))
        command = [binary, "-conf", "Corefile"]
        with subprocess.Popen(
            command, cwd=folder, env=POD, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        ) as process:
            timer = Timer(PATIENCE, process.kill)
            timer.start()
            said = _listen(process)
            process.kill()
            timer.cancel()
    return _answer(said, process.returncode)


def _listen(process: subprocess.Popen[bytes]) -> list[str]:
    """What it says until it ends or serves."""
    assert process.stdout is not None
    said: list[str] = []
    for raw in process.stdout:
        line = raw.decode("utf-8", "replace").rstrip("\n")
        said.append(line)
        if line.startswith("CoreDNS-"):
            break
    else:
        process.wait()
    return said


def _answer(said: list[str], code: int) -> Answer:
    # Without a server it ends by itself, and well.
    if any(line.startswith("CoreDNS-") or "waiting for Kubernetes API" in line for line in said):
        return Answer("accept", "", "")
    if code < 0:
        return Answer("timeout", "", "")
    message = next((line for line in said if line and not line.startswith(("maxprocs", "["))), "")
    place = _PLACE.search(message) if _OF_A_FILE not in message else None
    verdict = "late" if _LATE.match(message) else "reject"
    return Answer(verdict, place[1] if place else "", message)


if __name__ == "__main__":
    for given in sys.stdin:
        print(json.dumps(ask_one(sys.argv[1], json.loads(given))), flush=True)
