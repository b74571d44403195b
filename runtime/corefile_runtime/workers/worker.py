"""One worker process: an engine that gets sockets and programs from the supervisor, and reports what it counts."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from time import monotonic

from corefile.ir.program import Program
from corefile_runtime.chain.build import find_handler
from corefile_runtime.chain.home import PATIENCE
from corefile_runtime.chain.refusal import StartError, explain
from corefile_runtime.events.lifetime import Cancellable
from corefile_runtime.events.log_output import Output
from corefile_runtime.http.endpoints import Endpoint
from corefile_runtime.process.change import Change
from corefile_runtime.process.engine import Engine
from corefile_runtime.process.instance import Instance
from corefile_runtime.process.reloads import LoadError
from corefile_runtime.workers import messages
from corefile_runtime.workers.board import WorkerBoard
from corefile_runtime.workers.channel import Channel
from corefile_runtime.workers.line import Line
from corefile_runtime.workers.messages import Address
from corefile_runtime.workers.packing import Packed, unpack
from corefile_runtime.workers.reports import Reports

GIVE, FLUSH, PROGRESS = 5.0, 5.0, 1.0
"""Seconds for the answer to a request, for the last words, and between two signs of life while a program is built."""


class Worker(Engine):
    """Serves what the supervisor says. `number` counts from 0; the first one also serves what only one process can."""

    def __init__(self, channel: Channel, number: int, processes: int, *, replay: bool, output: Output) -> None:
        super().__init__(_load, replay=replay, output=output)
        self.processes = processes
        self.leads = number == 0
        self.listeners.bind = self._get_socket
        self._number = number
        self._line = Line(self.loop, channel, self._take, self._leave)
        self._channel = channel
        self._board = WorkerBoard(self._line.tell, self.topics)
        self.topics.board = self._board
        self._reports = Reports(self.loop, self.metrics, self._line, lambda: self.listeners.taken)
        self._sockets: dict[Address, socket.socket] = {}
        self._change_number = 0
        self._progress = 0.0
        self._over = False

    def serve(self, program: Program, change: int = 0) -> None:
        """Serve until the supervisor says otherwise, or is gone. An error at the start is told to it."""
        self.output.attach(self.loop)
        self._prepare(change, program)
        self._reports.start()
        # Round by round: until the supervisor says `Commit` there is nothing that could serve.
        while self.instance is None and not self._over:
            self.loop.round()
        if self._over:
            self.close()
        else:
            self._run_loop()

    def close(self) -> None:
        """Tell the last counts, and close everything that is open."""
        self._reports.report()
        # The loop does not turn any more, so this waits: counts that are not told are lost.
        self._line.flush(FLUSH)
        self._line.close()
        super().close()

    def end(self) -> None:
        """Finish what is under way."""
        self._over = self._over or self.instance is None
        super().end()

    def fail(self) -> None:
        """It is for the supervisor to end everything."""
        self.output.flush()
        self._line.tell(messages.Quit())
        self._leave()

    def _leave(self) -> None:
        """Stop at once; also when the supervisor is gone, for no `End` can come then."""
        self._over = True
        self.loop.stop()

    def _give_up(self, why: str) -> None:
        self._line.tell(messages.Failed(why))
        self._leave()

    # -- changes

    def _take(self, message: object) -> None:
        if isinstance(message, messages.Prepare):
            self.processes = message.processes
            if message.program is not None:
                self._prepare(message.change, self._unpack(message.program))
        elif isinstance(message, messages.Commit):
            self._commit()
        elif isinstance(message, messages.Abandon):
            self._abandon()
        elif isinstance(message, messages.Lead | messages.Update):
            self._board.take(message)
        elif isinstance(message, messages.Report):
            self._reports.report(message.survey)
        elif isinstance(message, messages.AskReadiness):
            self._line.tell(messages.WorkerReadiness(self._ready(), message.survey))
        elif isinstance(message, messages.End):
            self.end()

    def _unpack(self, packed: Packed) -> Program:
        program = unpack(packed, self.serve_pending)
        self.import_handlers(program, self.serve_pending)
        return program

    def _prepare(self, number: int, program: Program) -> None:
        self._abandon()
        self._change_number = number
        change = self._change = Change(self, program)

        def prepared(error: Exception | None) -> None:
            if error is not None:
                self._change = None
                if self.instance is None:
                    self._give_up(_describe(error))
                    return
            self._line.tell(messages.Ready(number, _describe(error) if error is not None else ""))

        change.prepare(prepared)

    def _commit(self) -> None:
        change, self._change = self._change, None
        if change is None:
            self._give_up("nothing was prepared")
            return
        try:
            change.commit(lambda: self._line.tell(messages.Serving(self._addresses(), self._loyal())))
        except Exception as error:
            self._give_up(explain(error))

    def _abandon(self) -> None:
        change, self._change = self._change, None
        if change is not None:
            change.abandon()

    def build(self, program: Program) -> Instance:
        """Without the endpoints that are the supervisor's; the others are those of the first worker."""
        self._progress = monotonic()
        instance = super().build(program)
        wanted = instance.services.endpoints
        wanted[:] = [one for one in wanted if _is_own(one)] if self._number == 0 else []
        return instance

    def serve_pending(self) -> None:
        """Between two pieces of the making of a configuration: also tell that it goes on."""
        super().serve_pending()
        if monotonic() - self._progress > PROGRESS:
            self._progress = monotonic()
            self._line.tell(messages.Preparing(self._change_number, PATIENCE))

    def wait_until_ready(self, instance: Instance, done: Callable[[StartError | None], object]) -> Cancellable:
        """The supervisor is told how long that may take."""
        seconds = max((wait.seconds for wait in instance.services.waits), default=0.0)
        self._line.tell(messages.Preparing(self._change_number, seconds))
        return super().wait_until_ready(instance, done)

    # -- what is asked for and told

    def _get_socket(self, kind: socket.SocketKind, host: str, port: int) -> socket.socket:
        address = Address(kind, host, port)
        self._line.tell(messages.Want(address))
        found = self._line.wait_for(messages.Given, lambda given: given.address == address, GIVE)
        if found is None:
            raise OSError(errno.ETIMEDOUT, "the supervisor gives no socket")
        given, descriptors = found
        if not descriptors:
            raise OSError(given.number, given.error)
        opened = self._sockets[address] = socket.socket(fileno=descriptors[0])
        return opened

    def _addresses(self) -> tuple[Address, ...]:
        self._sockets = {address: opened for address, opened in self._sockets.items() if opened.fileno() >= 0}
        # One that only waits for late replies reads no more: the supervisor shall not send queries to it.
        return tuple(
            address
            for address, opened in self._sockets.items()
            if address.kind != socket.SOCK_DGRAM or self.loop.reads(opened.fileno())
        )

    def _loyal(self) -> tuple[Address, ...]:
        """Where a header is remembered for the datagrams that follow it, they must come to who has seen it."""
        servers = self.instance.servers.items() if self.instance is not None else ()
        return tuple(
            Address(socket.SOCK_DGRAM, host, port)
            for (_, host, port), server in servers
            if server.trust is not None and server.trust.seconds > 0
        )

    def _ready(self) -> list[tuple[int, str, bool]]:
        if self.instance is None:
            return []
        blocks = self.instance.blocks
        return [(blocks.index(block), plugin, is_ready()) for block, plugin, is_ready in self.instance.readiness]


def _is_own(endpoint: Endpoint) -> bool:
    handler = find_handler(endpoint.plugin)
    return handler is None or handler.runs == "everywhere"


def _describe(error: Exception) -> str:
    return str(error) or type(error).__name__


def _load() -> Program:
    raise LoadError("a worker loads nothing")
