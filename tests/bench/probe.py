"""Waiting until a server answers."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable

from tests.bench.cases import Transport
from tests.bench.inputs import question
from tests.bench.processes import Process
from tests.ports import HOST


def is_good(reply: bytes) -> bool:
    """Whether it is NOERROR."""
    return len(reply) > 3 and reply[3] & 15 == 0


def seconds_until_answer(
    port: int,
    name: str,
    *,
    limit: float,
    every: float = 0.002,
    transport: Transport = "udp",
    wanted: Callable[[bytes], bool] = is_good,
    process: Process | None = None,
) -> float | None:
    """How long it took the server to give an answer that is wanted; None when it did not within `limit` seconds.

    With a `process` it is also None as soon as that has ended.
    """
    begun = time.perf_counter()
    ask = _ask_over_tls if transport == "dot" else _ask
    while (took := time.perf_counter() - begun) < limit and not (process and process.has_ended()):
        reply = ask(port, question(name), every)
        if wanted(reply):
            return time.perf_counter() - begun
        if time.perf_counter() - begun - took < every:
            time.sleep(every / 4)  # refused at once: the server has no socket yet
    return None


def _ask(port: int, query: bytes, patience: float) -> bytes:
    """The reply over UDP, which servers have beside TCP; nothing when there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(patience)
        try:
            client.connect((HOST, port))
            client.send(query)
            return client.recv(4096)
        except OSError:
            return b""


def _ask_over_tls(port: int, query: bytes, patience: float) -> bytes:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # whether it answers is asked, not who it is
    try:
        with (
            socket.create_connection((HOST, port), timeout=max(patience, 1)) as plain,
            context.wrap_socket(plain) as client,
        ):
            client.sendall(len(query).to_bytes(2, "big") + query)
            return client.recv(4096)[2:]
    except OSError:
        return b""


def listens(port: int, *, limit: float) -> bool:
    """Whether something takes TCP connections there within `limit` seconds."""
    ends = time.perf_counter() + limit
    while time.perf_counter() < ends:
        with socket.socket() as client:
            if client.connect_ex((HOST, port)) == 0:
                return True
        time.sleep(0.02)
    return False
