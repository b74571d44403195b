"""One of several processes: an engine that gets sockets and programs from the supervisor, and tells what it counts."""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
from collections import deque
from time import process_time
from typing import NoReturn

from corefile.ir.program import Program
from corefile_runtime.events.log_output import Output
from corefile_runtime.metrics.process import read_process
from corefile_runtime.process.engine import Engine, Prepared
from corefile_runtime.process.instance import Instance
from corefile_runtime.process.reloads import LoadError
from corefile_runtime.workers import messages
from corefile_runtime.workers.aggregation import Seen, read_all
from corefile_runtime.workers.channel import Channel
from corefile_runtime.workers.load import Pace
from corefile_runtime.workers.messages import Address

EVERY, OFTEN, SHARE = 1.0, 0.1, 100
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP, signal.SIGPIPE)


class Worker(Engine):
    """Serves what the supervisor says. `number` counts from 0; the first one also serves what only one process can."""

    def __init__(self, channel: Channel, number: int, processes: int, *, replay: bool, output: Output) -> None:
        super().__init__(_load, replay=replay, output=output)
        self.processes = processes
        self.bind = self._get_socket
        self._number = number
        self.leads = number == 0
        self._channel = channel
        self._sockets: dict[Address, socket.socket] = {}
        self._next: Prepared | None = None
        self._inbox: deque[object] = deque()
        self._told: dict[str, Seen] = {}
        self._pulsed, self._pause = process_time(), EVERY
        self._pace = Pace()

    def serve(self, program: Program) -> None:
        """Serve until the supervisor says otherwise, or is gone. An error at the start is told to it."""
        try:
            self.start(program)
        except Exception as error:
            self._tell(messages.Failed(str(error)))
            self._flush()
            return
        self._tell(messages.Serving(self._addresses()))
        self.loop.read(self._channel.fileno(), self._on_messages)
        self.loop.after(EVERY, self._pulse)
        self._watch_pace()
        self._take_all()
        try:
            self._run_loop()
        finally:
            self._channel.send(messages.Counts(self._changed(), read_process()))
            self._flush()

    def fail(self) -> None:
        """It is for the supervisor to end everything."""
        self.output.flush()
        self._tell(messages.Quit())
        self.loop.stop()

    def prepare(self, program: Program) -> Prepared:
        """Without the endpoints that are the supervisor's; the others are those of the first worker."""
        instance = Instance(program, self)
        instance.endpoints = [e for e in instance.endpoints if e.path != "/metrics"] if self._number == 0 else []
        return Prepared(instance, self._open(instance))

    # -- sockets

    def _get_socket(self, kind: socket.SocketKind, host: str, port: int) -> socket.socket:
        address = Address(kind, host, port)
        self._tell(messages.Want(address))
        self._flush()
        given, descriptors = self._await_given()
        if not descriptors:
            raise OSError(given.number, given.error)
        made = self._sockets[address] = socket.socket(fileno=descriptors[0])
        return made

    def _await_given(self) -> tuple[messages.Given, list[int]]:
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        while True:
            poll.poll()
            found: tuple[messages.Given, list[int]] | None = None
            for message, descriptors in self._channel.receive():
                if isinstance(message, messages.Given):
                    found = message, descriptors
                else:
                    self._inbox.append(message)
            if self._inbox:
                self.loop.later(self._take_all)
            if found is not None:
                return found

    def _addresses(self) -> tuple[Address, ...]:
        self._sockets = {address: made for address, made in self._sockets.items() if made.fileno() >= 0}
        return tuple(self._sockets)

    # -- messages

    def _tell(self, message: object) -> None:
        self._channel.send(message)
        if self._channel.pending:
            self.loop.write(self._channel.fileno(), self._go_on)

    def _go_on(self) -> None:
        self._channel.flush()
        if not self._channel.pending:
            self.loop.write(self._channel.fileno(), None)

    def _flush(self) -> None:
        """Send all: the supervisor always reads."""
        poll = select.poll()
        poll.register(self._channel, select.POLLOUT)
        while self._channel.pending:
            poll.poll()
            self._channel.flush()

    def _on_messages(self) -> None:
        try:
            self._inbox += [message for message, _ in self._channel.receive()]
        except EOFError:
            self.loop.stop()  # nobody is left who could tell the end
            return
        self._take_all()

    def _take_all(self) -> None:
        while self._inbox:
            self._take(self._inbox.popleft())

    def _take(self, message: object) -> None:
        if isinstance(message, messages.Prepare):
            self._tell(messages.Ready(self._prepare(message.program)))
        elif isinstance(message, messages.Commit):
            self._change()
        elif isinstance(message, messages.Abandon):
            if self._next is not None:
                self.abandon(self._next)
            self._next = None
        elif isinstance(message, messages.Report):
            self._report()
        elif isinstance(message, messages.AskReadiness):
            self._tell(messages.Readiness(self._readiness()))
        elif isinstance(message, messages.End):
            self.end()

    def _prepare(self, program: Program) -> str:
        try:
            self._next = self.prepare(program)
        except Exception as error:
            return str(error) or type(error).__name__
        return ""

    def _change(self) -> None:
        prepared, self._next = self._next, None
        try:
            if prepared is None:
                raise AssertionError("nothing was prepared")
            self.commit(prepared)
        except Exception as error:
            self._tell(messages.Failed(str(error)))
            self.loop.stop()
            return
        self._tell(messages.Serving(self._addresses()))

    def _readiness(self) -> list[tuple[int, str, bool]]:
        instance = self.instance
        if instance is None:
            return []
        blocks = instance.program.blocks
        return [(blocks.index(block), name, is_ready()) for block, name, is_ready in instance.readiness]

    def _report(self) -> None:
        self._tell(messages.Counts(self._changed(), read_process()))

    def _changed(self) -> list[Seen]:
        changed = [seen for seen in read_all(self.metrics) if self._told.get(seen.name) != seen]
        self._told.update((seen.name, seen) for seen in changed)
        return changed

    def _pulse(self) -> None:
        """What was not told when a worker is killed is lost: tell it the oftener, the more there is to do anyway."""
        began, changed = process_time(), list[Seen]()
        if not self._channel.pending:
            changed = self._changed()
            self._tell(messages.Counts(changed, None) if changed else messages.Alive())
        ended = process_time()
        is_cheap = (ended - began) * SHARE < ended - self._pulsed
        self._pulsed = ended
        self._pause = min(EVERY, max(OFTEN, self._pause / 2 if is_cheap else self._pause * 2))
        self.loop.after(self._pause, self._pulse)

    def _watch_pace(self) -> None:
        if self._pace.look(sum(listener.taken for listener in self._udp.values()), process_time()):
            self._tell(messages.Brief(self._pace.are_brief))
        self.loop.after(self._pace.pause, self._watch_pace)


def become_worker(worker: Worker, program: Program, kept: set[int]) -> NoReturn:
    """Turn a process that was just forked into a worker: nothing of the supervisor's but `kept` descriptors stays open.

    The supervisor's objects are still there, but nothing will ever look at them again.
    """
    code = 1
    try:
        gc.freeze()
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS:  # the end and reloads are told by the supervisor
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        for descriptor in _open_descriptors() - kept:
            try:
                os.close(descriptor)
            except OSError:
                continue
        worker.serve(program)
        code = 0
    except EOFError:
        code = 0
    finally:
        os._exit(code)


def _open_descriptors() -> set[int]:
    try:
        return {int(name) for name in os.listdir("/proc/self/fd")}
    except OSError:
        return set(range(4096))


def _load() -> Program:
    raise LoadError("a worker loads nothing")
