"""A server and its loop, driven by the test."""

from __future__ import annotations

import os
import select
import socket
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha512
from time import monotonic
from typing import Any

import dns.flags
import dns.message
import dns.rcode

from corefile.compiler import Options, compile_corefile
from corefile.ir.program import Program
from corefile_runtime.events.log_output import Output
from corefile_runtime.process.engine import Engine
from corefile_runtime.testing.clock import CLOCK
from corefile_runtime.testing.stub import Respond, Stub

PATIENCE = 60.0
"""Seconds after which nothing will come any more, on a busy machine either."""
TICK = 0.01


class Running:
    """A server and its loop. `text` is the Corefile; `{up}` in it stands for the port of the stub upstream.

    For the server time passes only while nothing happens: with each `TICK` for which the loop has waited in vain.
    """

    def __init__(self, text: str, *, replay: bool = True) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        self.text = text
        self.engine = Engine(self.load, replay=replay, output=Output(self._log.fileno()))
        self.loop = self.engine.loop
        self.stub: Stub | None = None
        self._clients: list[socket.socket] = []
        self._started = False

    def start(self) -> None:
        """Serve."""
        self.engine.start()
        self._started = True
        CLOCK.start()

    def load(self) -> Program:
        """Compile the text as it is now."""
        text = self.text.replace("{up}", str(self.stub.port if self.stub else 0))
        compiled = compile_corefile(text, "Corefile", Options(extensions=True))
        if compiled.refusal is not None:
            raise AssertionError(compiled.diagnostics[compiled.refusal].message)
        return replace(compiled.program, hash=sha512(text.encode()).hexdigest())

    @property
    def port(self) -> int:
        """The port of the first listener."""
        return self.engine.addresses()[0][1]

    @property
    def now(self) -> float:
        """The time as the server sees it, in seconds."""
        return CLOCK.now

    def turn(self, waits: float = TICK) -> None:
        """One round of the loop."""
        if not self.loop.step(waits):
            CLOCK.now += TICK

    def wait(self, done: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Let the loop work until something holds; raises TimeoutError, by the system's clock."""
        end = monotonic() + seconds
        while not done():
            if monotonic() > end:
                raise TimeoutError
            self.turn()

    def run(self, seconds: float) -> None:
        """Let time pass: for what happens after a time, not upon an event."""
        end = CLOCK.now + seconds
        while CLOCK.now < end:
            self.turn(TICK / 10)

    def ask(self, question: str, *, tcp: bool = False, flags: str = "RD", **options: Any) -> dns.message.Message:
        """Ask `name. TYPE`; options are those of dnspython's `make_query`."""
        name, rtype = question.split()
        query = dns.message.make_query(name, rtype, **options)
        query.flags = dns.flags.from_text(flags)
        wire = self.exchange(query.to_wire(), tcp=tcp)
        if wire is None:
            raise TimeoutError
        return dns.message.from_wire(wire)

    def answers(self, question: str, **options: Any) -> list[str]:
        """The rcode and the records of the answer section, in zone-file text."""
        reply = self.ask(question, **options)
        return [
            dns.rcode.to_text(reply.rcode()),
            *sorted(line for rrset in reply.answer for line in str(rrset).split("\n")),
        ]

    def exchange(self, wire: bytes, *, tcp: bool = False, seconds: float = PATIENCE) -> bytes | None:
        """Send a message; its reply, None when there is none in time."""
        client = self.connect(tcp=tcp)
        try:
            client.sendall(len(wire).to_bytes(2, "big") + wire if tcp else wire)
            data = b""
            while not data or (tcp and len(data) < 2 + int.from_bytes(data[:2], "big")):
                self.wait(lambda: can_read(client), seconds)
                got = client.recv(65535)
                if not got:
                    return None
                data += got
        except TimeoutError:
            return None
        finally:
            self._clients.remove(client)
            client.close()
        return data[2:] if tcp else data

    def connect(self, *, tcp: bool = False) -> socket.socket:
        """A client's socket."""
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
        self._clients.append(client)
        client.connect(("127.0.0.1", self.port))
        return client

    def fetch(self, line: str, address: str = "127.0.0.1:0") -> tuple[str, bytes]:
        """Head and body of the answer to `GET /path HTTP/1.0`, over a connection to an endpoint's address."""
        data = b""
        with socket.create_connection(self.engine.endpoints.find(address)) as client:
            client.sendall(f"{line}\r\n\r\n".encode())
            while True:
                self.wait(lambda: can_read(client))
                got = client.recv(1 << 20)
                if not got:
                    break
                data += got
        head, _, body = data.partition(b"\r\n\r\n")
        return head.decode(), body

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of an HTTP endpoint of the running configuration, by its path."""
        instance = self.engine.instance
        endpoint = next((e for e in instance.endpoints if e.path == path), None) if instance else None
        if endpoint is None:
            return 404, ""
        answer = endpoint.respond()
        return answer.status, answer.body if isinstance(answer.body, str) else answer.body.decode()

    def metric(self, series: str) -> float | None:
        """The value of one series, None where there is none."""
        for line in self.engine.metrics.render().splitlines():
            if line.startswith(series + " "):
                return float(line.rpartition(" ")[2])
        return None

    def output(self) -> list[str]:
        """The lines that the server has written."""
        self.engine.output.flush()
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode("utf-8", "surrogateescape").splitlines()

    def close(self) -> None:
        """End the server."""
        for client in self._clients:
            client.close()
        if self.stub is not None:
            self.stub.close()
        self.engine.close()
        self._log.close()
        if self._started:
            CLOCK.stop()


def can_read(client: socket.socket) -> bool:
    """Whether something has come."""
    poll = select.poll()
    poll.register(client, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def serve(
    body: str,
    *,
    whole: bool = False,
    replay: bool = True,
    answers: Mapping[str, list[str]] | None = None,
    respond: Respond | None = None,
) -> Generator[Running]:
    """Serve a block's body for all names on 127.0.0.1, or a `whole` Corefile, with a stub upstream."""
    text = body if whole else f".:0 {{\n    bind 127.0.0.1\n{body}\n}}\n"
    server = Running(text, replay=replay)
    try:
        server.stub = Stub(server.loop, answers, respond)
        server.start()
        yield server
    finally:
        server.close()
