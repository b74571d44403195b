"""The process: its sockets, its signals, and its end.

Sockets outlive configurations: a reload builds the next instance beside the running one, opens what is new, and only
then lets the listeners point to it. Whatever fails on the way leaves everything as it was.
"""

from __future__ import annotations

import contextlib
import gc
import resource
import signal
import socket
from collections.abc import Callable
from time import monotonic, time
from traceback import format_exception
from typing import NamedTuple

from corefile.ir.program import Block, Program
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.events.log_output import Output
from corefile_runtime.http.endpoints import Endpoints
from corefile_runtime.listeners.tcp import TcpListener
from corefile_runtime.listeners.udp import UdpListener
from corefile_runtime.metrics.process import read_process, render_process
from corefile_runtime.metrics.registry import Registry
from corefile_runtime.process.instance import Instance
from corefile_runtime.process.reloads import Load, Reloads
from corefile_runtime.replay.store import ENTRIES
from corefile_runtime.sockets.addresses import Bind, bind_both, bind_socket

# Seconds for which a reload keeps queries waiting.
BREATH = 0.004


class Prepared(NamedTuple):
    """A configuration that can take over: nothing of it is in force, but its sockets are open."""

    instance: Instance
    opened: dict[tuple[str, int], tuple[socket.socket, socket.socket]]


FAREWELLS: dict[int, str] = {
    signal.SIGTERM: "SIGTERM: Shutting down servers then terminating",
    signal.SIGINT: "SIGINT: Shutting down",
}
"""What is logged when a signal ends the server."""


class Engine:
    """Serves programs. `load` gives the present one; `replay` false has every query go through its chain.

    `processes` is how many serve together, and `bind` what makes the sockets of DNS. Who answers queries
    `compiles_aside`, in a thread; who forks processes must not.
    """

    compiles_aside = True

    def __init__(self, load: Load, *, replay: bool = True, output: Output | None = None) -> None:
        self.load = load
        self.entries = ENTRIES if replay else 0
        self.output = output or Output()
        self.metrics = Registry()
        self.loop = Loop(self.failed)
        self.instance: Instance | None = None
        self.started = time()
        self.processes = 1
        self.bind: Bind = bind_socket
        self._udp: dict[tuple[str, int], UdpListener] = {}
        self._tcp: dict[tuple[str, int], TcpListener] = {}
        self.endpoints = Endpoints(self.loop)
        self._signals: socket.socket | None = None
        self._ending = False
        self._reloads = Reloads(self)
        self._breathed = 0.0
        self.status = 0
        self.leads = True  # of several processes one does what is to be done once
        self.metrics.settlers.append(self._settle)

    def failed(self, error: BaseException) -> None:
        """Report an exception that nobody expected; the server goes on."""
        where = format_exception(error)[-2:]
        self.output.log(
            "ERROR", f"Recovered from {type(error).__name__}: {error} ({' '.join(' '.join(where).split())})"
        )

    def _settle(self) -> None:
        if self.instance is not None:
            self.instance.settle()

    def breathe(self) -> None:
        """For those who build the next configuration: now and then queries are answered from the present one."""
        now = monotonic()
        if now - self._breathed > BREATH:
            if self.instance is not None:
                self.loop.breathe()
            self._breathed = monotonic()

    # -- a configuration takes over

    def start(self, program: Program | None = None) -> None:
        """Take up a program, without one what `load` gives; raises StartError, LoadError or OSError."""
        self.output.attach(self.loop)
        _allow_many_files()
        self.commit(self.prepare(self.load() if program is None else program))

    def reload(self, program: Program) -> None:
        """Change to another program without losing a query; on any exception the old one goes on."""
        self.commit(self.prepare(program))

    def prepare(self, program: Program) -> Prepared:
        """Do all of a change that may fail."""
        instance = Instance(program, self)
        return Prepared(instance, self._open(instance))

    def abandon(self, prepared: Prepared) -> None:
        """Give up a change that has been prepared."""
        for pair in prepared.opened.values():
            for made in pair:
                made.close()
        self.endpoints.keep(self.instance)

    def commit(self, prepared: Prepared) -> None:
        """Make the change."""
        instance, opened = prepared
        previous, self.instance = self.instance, instance
        self._settle()
        if previous is not None:
            previous.stop()
        for key, made in opened.items():
            self._listen(instance, key, made)
        for key, server in instance.servers.items():
            self._udp[key].server, self._udp[key].store = server, server.stores["udp"]
            self._tcp[key].server, self._tcp[key].store = server, server.stores["tcp"]
        for key in [key for key in self._udp if key not in instance.servers]:
            self._udp.pop(key).close()
            self._tcp.pop(key).stop_accepting()
        self.endpoints.serve(instance)
        instance.start()

    def _open(self, instance: Instance) -> dict[tuple[str, int], tuple[socket.socket, socket.socket]]:
        """Bind what is not bound yet; all or nothing."""
        opened: dict[tuple[str, int], tuple[socket.socket, socket.socket]] = {}
        try:
            for host, port in instance.servers:
                if (host, port) not in self._udp:
                    opened[host, port] = bind_both(self.bind, host, port)
            self.endpoints.open(instance)
        except BaseException:
            for pair in opened.values():
                for made in pair:
                    made.close()
            self.endpoints.keep(self.instance)
            raise
        return opened

    def _listen(self, instance: Instance, key: tuple[str, int], made: tuple[socket.socket, socket.socket]) -> None:
        server = instance.servers[key]
        self._udp[key] = UdpListener(self.loop, made[0], server, server.stores["udp"])
        self._tcp[key] = TcpListener(self.loop, made[1], server, server.stores["tcp"])

    # -- what the endpoints tell

    def exposition(self) -> str:
        """All metrics in Prometheus's text format."""
        return self.metrics.render() + render_process(read_process())

    def readiness(self, instance: Instance) -> list[tuple[Block, str, Callable[[], bool]]]:
        """The plugins of a configuration that know whether they are ready."""
        return instance.readiness

    # -- the life of the process

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        self.catch_signals()
        self._run_loop()

    def _run_loop(self) -> None:
        # What is there now stays: the collector need not look at it, nor at each kept reply again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        try:
            self.loop.run()
        finally:
            self.close()

    def catch_signals(self) -> None:
        """From now on signals wait for the loop: who does it before `start` loses none that comes while it starts."""
        if self._signals is not None:
            return
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        self._signals = ours
        signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            signal.signal(number, _nothing)
        for number in (signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        self._theirs = theirs
        self.loop.read(ours.fileno(), self._on_signal)

    def _on_signal(self) -> None:
        if self._signals is None:
            return
        for number in self._signals.recv(64):
            if number == signal.SIGUSR1:
                self.reload_soon()
            elif number in FAREWELLS:
                self.output.log("INFO", FAREWELLS[number])
                self.end()

    def reload_now(self) -> None:
        """Take up the configuration as it is now."""
        self._reloads.now()

    def reload_soon(self) -> None:
        """SIGUSR1: the same, but queries are answered while the configuration is compiled."""
        self._reloads.soon()

    def look(self, seen: str, then: Callable[[str], object]) -> None:
        """Take up the configuration if it is another one than that of a hash; tell the hash of what there is now."""
        self._reloads.look(seen, then)

    def end(self) -> None:
        """Finish what is under way, for plugins that ask for time (`lameduck`) too, then leave the loop."""
        if self._ending or self.instance is None:
            return
        self._ending = True
        delays = [delay for hook in self.instance.on_final if isinstance(delay := hook(), float | int)]
        self.loop.after(max(delays, default=0.0), self.loop.stop)

    def fail(self) -> None:
        """Leave the loop at once, with exit status 1; why has been logged."""
        self.status = 1
        self.loop.stop()

    def close(self) -> None:
        """Close everything that is open."""
        if self.instance is not None:
            self.instance.stop()
            for hook in self.instance.on_close:
                hook()
        for udp in self._udp.values():
            udp.close()
        for tcp in self._tcp.values():
            tcp.close()
        self.endpoints.keep(None)
        self.output.flush()
        self.loop.close()

    def tcp_listeners(self) -> list[TcpListener]:
        """The TCP listeners, whose limits and timeouts may be set."""
        return list(self._tcp.values())

    def addresses(self) -> list[tuple[str, int]]:
        """Where the server listens, with the ports that the system chose for port 0."""
        return [(key[0], listener.socket.getsockname()[1]) for key, listener in self._udp.items()]


def _nothing(_number: int, _frame: object) -> None:
    """A handler must be set for the signal to be told through the wake-up socket."""


def _allow_many_files() -> None:
    """Have as many sockets as the system lets a process have, which is what Go asks for at its start."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
