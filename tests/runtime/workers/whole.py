"""A supervisor with its workers, driven by the test."""

from __future__ import annotations

import os
import select
import socket
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic

import dns.message
from corefile_runtime.http.messages import Answer
from corefile_runtime.http.server import Inquiry
from corefile_runtime.process.reloads import LoadError
from corefile_runtime.workers.fleet import Fleet
from corefile_runtime.workers.output import SharedOutput
from corefile_runtime.workers.supervisor import Supervisor

from corefile.compiler import Options, compile_corefile
from corefile.ir.program import Program

PATIENCE = 60.0


class Whole:
    """A supervisor with its workers, and a client that asks without pause."""

    def __init__(
        self,
        text: str,
        *,
        workers: int = 2,
        replay: bool = True,
        count: Callable[[Program], int] | None = None,
    ) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        self.text = text
        output = SharedOutput(self._log.fileno())
        self.engine = Supervisor(self.load, workers, replay=replay, output=output, count=count)
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)  # all answers may come at once
        self.answers: dict[int, str] = {}
        self.sent = 0

    def load(self) -> Program:
        compiled = compile_corefile(self.text, "Corefile", Options(extensions=True))
        if compiled.refusal is not None:
            raise LoadError(compiled.diagnostics[compiled.refusal].message, digest=self.text)
        return compiled.program

    def start(self) -> None:
        self.engine.start()
        self.client.connect(("127.0.0.1", self.engine.addresses()[0][1]))

    def send(self, count: int = 1) -> None:
        query = bytearray(dns.message.make_query("a.example.org.", "A", id=0).to_wire())
        for _ in range(count):
            query[:2] = self.sent.to_bytes(2, "big")
            self.sent += 1
            self.client.send(query)
            self.receive(0)

    def receive(self, seconds: float) -> None:
        while select.select([self.client], [], [], seconds)[0]:
            reply = dns.message.from_wire(self.client.recv(4096))
            answer = reply.answer[0] if reply.answer else None
            self.answers[reply.id] = str(answer).rpartition(" ")[2] if answer else str(reply.rcode())

    def wait(self, done: Callable[[], object], seconds: float = PATIENCE) -> None:
        end = monotonic() + seconds
        while not done():
            assert monotonic() < end, (len(self.answers), self.sent, self.output())
            self.engine.loop.step(0.01)
            self.receive(0)

    def settle(self) -> None:
        """Wait for the answers to all that was sent."""
        self.wait(lambda: len(self.answers) == self.sent)

    @property
    def fleet(self) -> Fleet:
        return self.engine._fleet  # pyright: ignore[reportPrivateUsage]

    def pids(self) -> list[int]:
        return [member.pid for member in self.fleet.crew.members]

    def are_workers(self, number: int) -> bool:
        return len(self.pids()) == number

    def is_replaced(self, pid: int) -> bool:
        return pid not in self.pids() and len(self.pids()) == 2

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of an endpoint, when all have been asked who have to be."""
        found: list[Answer] = []
        self.begin(path, found.append)
        self.wait(lambda: found)
        assert isinstance(found[0].body, str)
        return found[0].status, found[0].body

    def begin(self, path: str, done: Callable[[Answer], object]) -> None:
        assert self.engine.instance is not None
        (respond,) = [e.respond for e in self.engine.instance.endpoints if e.path == path]
        if isinstance(respond, Inquiry):
            respond.begin("", done)
        else:
            done(respond())

    def metric(self, name: str) -> float:
        """The sum of the series whose names begin so."""
        return sum(
            float(line.rpartition(" ")[2]) for line in self.get("/metrics")[1].splitlines() if line.startswith(name)
        )

    def output(self) -> str:
        self.engine.output.flush()
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode()

    def close(self) -> None:
        self.client.close()
        self.engine.close()
        self._log.close()


@contextmanager
def whole(
    text: str, *, workers: int = 2, replay: bool = True, count: Callable[[Program], int] | None = None
) -> Generator[Whole]:
    server = Whole(text, workers=workers, replay=replay, count=count)
    try:
        server.start()
        yield server
    finally:
        server.close()


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
