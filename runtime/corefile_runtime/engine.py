"""The process: sockets, signals, reloads and the end.

Sockets outlive configurations: a reload builds the next instance beside the running one, opens what is new, and only
then lets the listeners point to it. Whatever fails on the way leaves everything as it was.
"""

from __future__ import annotations

import gc
import signal
import socket
from collections.abc import Callable
from time import monotonic, time
from traceback import format_exception
from typing import NamedTuple

from corefile.ir.program import Block, Program
from corefile_runtime.aside import run_aside
from corefile_runtime.chain import StartError
from corefile_runtime.http import HttpServer, Respond
from corefile_runtime.instance import Instance
from corefile_runtime.listeners.addresses import Bind, bind_both, bind_socket, split_host_port
from corefile_runtime.listeners.tcp import TcpListener
from corefile_runtime.listeners.udp import UdpListener
from corefile_runtime.loop import Loop
from corefile_runtime.metrics import Registry
from corefile_runtime.output import Output
from corefile_runtime.process_metrics import read_process, render_process
from corefile_runtime.replay import ENTRIES

GRACE = 5.0
# Seconds for which a reload keeps queries waiting.
BREATH = 0.004
Load = Callable[[], Program]


class LoadError(Exception):
    """The configuration cannot be read or is refused.

    `digest` tells refused texts apart; it is empty for what is no Corefile.
    """

    def __init__(self, text: str, *, digest: str = "") -> None:
        super().__init__(text)
        self.digest = digest


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
        self._http: dict[str, HttpServer] = {}
        self._signals: socket.socket | None = None
        self._ending = False
        self._loading = self._load_again = False
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

    # -- start and reload

    def start(self, program: Program | None = None) -> None:
        """Take up a program, without one what `load` gives; raises StartError, LoadError or OSError."""
        self.output.attach(self.loop)
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
        self._close_unused_http(self.instance)

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
        self._serve_http(instance)
        instance.start()

    def _open(self, instance: Instance) -> dict[tuple[str, int], tuple[socket.socket, socket.socket]]:
        """Bind what is not bound yet; all or nothing."""
        opened: dict[tuple[str, int], tuple[socket.socket, socket.socket]] = {}
        try:
            for host, port in instance.servers:
                if (host, port) not in self._udp:
                    opened[host, port] = bind_both(self.bind, host, port)
            for address in {endpoint.address for endpoint in instance.endpoints} - set(self._http):
                self._http[address] = HttpServer(self.loop, _bind_http(address), {})
        except BaseException:
            for pair in opened.values():
                for made in pair:
                    made.close()
            self._close_unused_http(self.instance)
            raise
        return opened

    def _listen(self, instance: Instance, key: tuple[str, int], made: tuple[socket.socket, socket.socket]) -> None:
        server = instance.servers[key]
        self._udp[key] = UdpListener(self.loop, made[0], server, server.stores["udp"])
        self._tcp[key] = TcpListener(self.loop, made[1], server, server.stores["tcp"])

    def _serve_http(self, instance: Instance) -> None:
        for server in self._http.values():
            server.paths = {}
        for endpoint in instance.endpoints:
            self._http[endpoint.address].paths[endpoint.path] = endpoint.respond
        self._close_unused_http(instance)

    def _close_unused_http(self, instance: Instance | None) -> None:
        used = {endpoint.address for endpoint in instance.endpoints} if instance is not None else set[str]()
        for address in [address for address in self._http if address not in used]:
            self._http.pop(address).close()

    def close_http(self, address: str) -> None:
        """Close one endpoint before its time."""
        if address in self._http:
            self._http.pop(address).close()

    def probe(self, address: str, path: str) -> Respond | None:
        """What answers at an endpoint, for a look from inside."""
        server = self._http.get(address)
        return server.paths.get(path) if server is not None else None

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
        self._catch_signals()
        # What is there now stays: the collector need not look at it, nor at each kept reply again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        try:
            self.loop.run()
        finally:
            self.close()

    def _catch_signals(self) -> None:
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
        self._announce()
        self._take_up(self._try_load())

    def reload_soon(self) -> None:
        """SIGUSR1: the same, but queries are answered while the configuration is compiled."""
        if self._loading:
            self._load_again = True
            return
        self._announce()
        self._load_aside(self._take_up)

    def look(self, seen: str, then: Callable[[str], object]) -> None:
        """Take up the configuration if it is another one than that of a hash; tell the hash of what there is now.

        What has failed is not tried again before it changes.
        """
        if self._loading:
            then(seen)
        else:
            self._load_aside(lambda loaded: then(self._judge(loaded, seen)))

    def _try_load(self) -> Program | Exception:
        try:
            return self.load()
        except (LoadError, StartError, OSError) as error:
            return error

    def _load_aside(self, then: Callable[[Program | Exception], object]) -> None:
        def loaded(outcome: Program | Exception) -> None:
            try:
                then(outcome)
            finally:
                self._loading = False
            if self._load_again:
                self._load_again = False
                self.reload_soon()

        self._loading = True
        if self.compiles_aside:
            run_aside(self.loop, self.load, loaded)
        else:
            loaded(self._try_load())

    def _announce(self) -> None:
        self.output.log("INFO", "SIGUSR1: Reloading")
        self.output.log("INFO", "Reloading")

    def _take_up(self, loaded: Program | Exception) -> None:
        try:
            if isinstance(loaded, Exception):
                raise loaded
            self._reload(loaded)
        except (LoadError, StartError, OSError) as error:
            self._reload_failed(error)
            self.output.log("ERROR", f"SIGUSR1: {error}")

    def _judge(self, loaded: Program | Exception, seen: str) -> str:
        if isinstance(loaded, LoadError):
            if loaded.digest in ("", seen):
                if not loaded.digest:
                    self.output.log("WARNING", f"Corefile parse failed: {loaded}", "reload")
                return seen
            self._report_look(loaded)
            return loaded.digest
        if isinstance(loaded, OSError):
            self.output.log("WARNING", f"Corefile cannot be read: {loaded}", "reload")
            return seen
        if isinstance(loaded, Exception):
            self.failed(loaded)
            return seen
        program = loaded
        if program.hash != seen:
            self.output.log("INFO", "Reloading")
            try:
                self._reload(program)
            except (StartError, OSError) as error:
                self._report_look(error)
        return program.hash

    def _report_look(self, error: Exception) -> None:
        self._reload_failed(error)
        self.output.log("ERROR", f"Corefile changed but reload failed: {error}", "reload")
        self.metrics.counter(
            "coredns_reload_failed_total", "Counter of the number of failed reload attempts."
        ).cell().add()

    def _reload(self, program: Program) -> None:
        started = monotonic()
        self.reload(program)
        self.output.log("INFO", "Reloading complete")
        self.output.log("DEBUG", f"Reload took {monotonic() - started:.3f}s")
        info = self.metrics.gauge(
            "coredns_reload_version_info",
            "A metric with a constant '1' value labeled by hash, and value which type of hash generated.",
            "hash", "value",
        )  # fmt: skip
        info.clear()
        info.cell("sha512", program.hash).value = 1
        self._note_reload(1)

    def _reload_failed(self, error: Exception) -> None:
        self.output.log("ERROR", f"Restart failed: {error}")
        self._note_reload(0)

    def _note_reload(self, successful: int) -> None:
        self.metrics.gauge(
            "corefile_config_last_reload_successful", "Whether the last reload of the configuration succeeded."
        ).cell().value = successful
        if successful:
            self.metrics.gauge(
                "corefile_config_last_reload_success_timestamp_seconds", "When the configuration was last taken up."
            ).cell().value = time()

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
        for server in self._http.values():
            server.close()
        self.output.flush()
        self.loop.close()

    def tcp_listeners(self) -> list[TcpListener]:
        """The TCP listeners, whose limits and timeouts may be set."""
        return list(self._tcp.values())

    def addresses(self) -> list[tuple[str, int]]:
        """Where the server listens, with the ports that the system chose for port 0."""
        return [(key[0], listener.socket.getsockname()[1]) for key, listener in self._udp.items()]


def _bind_http(address: str) -> socket.socket:
    host, port = split_host_port(address)
    return bind_socket(socket.SOCK_STREAM, "127.0.0.1" if host == "localhost" else host, port)


def _nothing(_number: int, _frame: object) -> None:
    """A handler must be set for the signal to be told through the wake-up socket."""
