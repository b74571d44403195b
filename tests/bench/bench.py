"""What all measurements share: a folder, free ports, the servers and what stands beside them."""

from __future__ import annotations

import string
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench import inputs, kube_api
from tests.bench.cases import Beside, Case, Transport
from tests.bench.dnsperf import Load, command, parse_output
from tests.bench.probe import listens, seconds_until_answer
from tests.bench.processes import Process
from tests.bench.servers import Server
from tests.ports import free_port

SOURCES = Path(__file__).parent / "upstream"
PORTS = ("port", "upstream", "secure", "health", "ready", "metrics", "kubernetes")


class Unavailable(Exception):
    """Something that a case needs is not on this machine; the message says what."""


class Bench:
    """The folder is emptied by nobody: logs and configurations stay for a look. `pin` gives a server CPU 0 and
    everything else CPU 1.
    """

    def __init__(self, folder: Path, *, pin: bool = False) -> None:
        self.folder = folder
        self._server_cpu = 0 if pin else None
        self._other_cpu = 1 if pin else None
        self._ports = dict.fromkeys(PORTS, 0)
        inputs.write_files(folder)
        build(folder, "udp")

    @property
    def port(self) -> int:
        """Where the server under test listens."""
        return self._ports["port"]

    def fill(self, text: str) -> str:
        """A configuration with the ports and the folder in it."""
        return string.Template(text).substitute(dir=self.folder, **self._ports)

    @contextmanager
    def around(self, *beside: Beside) -> Generator[dict[Beside, Process]]:
        """New ports, and what a server needs beside it."""
        self._ports = {name: free_port() for name in PORTS}
        with ExitStack() as stack:
            yield {name: stack.enter_context(self._start_beside(name)) for name in beside}

    def start(self, server: Server, configuration: str) -> Process:
        """The server, with a configuration that is filled in already."""
        path = self.configure(server, configuration)
        arguments = server.arguments(path, self.folder, self.port)
        return Process(arguments, self.folder, self.folder / f"{server.name}.log", cpu=self._server_cpu)

    def configure(self, server: Server, configuration: str) -> Path:
        """Write the server's configuration, also while it runs."""
        path = self.folder / f"{server.name}.conf"
        path.write_text(configuration)
        return path

    def ask(self, case: Case, queries: Path, *options: str) -> Load:
        """Run dnsperf against the server, as the case has it."""
        asked = command(case, self.port, queries, *options)
        if self._other_cpu is not None:
            asked = ("taskset", "-c", str(self._other_cpu), *asked)
        run = subprocess.run(asked, capture_output=True, text=True, check=False)
        return parse_output(run.stdout + run.stderr)

    def _start_beside(self, name: Beside) -> Process:
        port = str(self._ports[name])
        arguments = (*self._program_beside(name), port)
        process = Process(arguments, self.folder, self.folder / f"{name}.log", cpu=self._other_cpu)
        if not _is_up(name, int(port), process):
            with process:
                raise Unavailable(f"{name} did not start: {process.last_words()}")
        return process

    def _program_beside(self, name: Beside) -> tuple[str, ...]:
        match name:
            case "upstream":
                return (str(build(self.folder, "udp")),)
            case "secure":
                pair = (str(self.folder / "server.pem"), str(self.folder / "server.key"))
                return (str(build(self.folder, "tls")), *pair)
            case "kubernetes":
                return (sys.executable, kube_api.__file__)


def build(folder: Path, name: str) -> Path:
    """Compile an upstream, once in a folder. Raises Unavailable when the compiler refuses."""
    program = folder / f"upstream-{name}"
    if not program.exists():
        libraries = ("-lssl", "-lcrypto") if name == "tls" else ()
        words = ("cc", "-O2", "-o", str(program), str(SOURCES / f"{name}.c"), *libraries)
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            hint = " (it needs OpenSSL's headers, libssl-dev in Debian)" if name == "tls" else ""
            raise Unavailable(f"{name}.c cannot be compiled{hint}: {done.stderr.strip()[:400]}")
    return program


def _is_up(name: Beside, port: int, process: Process) -> bool:
    if name == "kubernetes":
        return listens(port, limit=20)
    transport: Transport = "dot" if name == "secure" else "udp"
    return seconds_until_answer(port, "up.example", limit=5, transport=transport, process=process) is not None
