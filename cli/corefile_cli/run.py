"""`corefile run`: serve a Corefile, with CoreDNS's flags."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from corefile.compiler import Compiled, Options, compile_corefile
from corefile.diag.render.visible import visible
from corefile.digest import digest
from corefile.golang.quoting import quote
from corefile_cli.options import CompilerFlags, compiler_options
from corefile_cli.saying import say

if TYPE_CHECKING:
    from corefile_runtime.process.engine import Engine
    from corefile_runtime.process.instance import Instance

    from corefile.diag.diagnostic import Diagnostic
    from corefile.ir.program import Program

DEFAULT = "Corefile"
MOST_FAULTS = 20
_PREFERRED = re.compile(r"\.|.*\.(?:in-addr|ip6)\.arpa\.|(?:[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+")
"""Zones in RFC 1035's preferred syntax (2.3.1), the root, and reverse zones (core/dnsserver/onstartup.go)."""


@click.command("run")
@click.option("-conf", "--conf", "conf", metavar="FILE", help="The Corefile, or `stdin`.  [default: Corefile]")
@click.option(
    "-dns.port", "--dns.port", "-p", "port", metavar="PORT", default="53", help="The port of keys without one."
)
@click.option("-pidfile", "--pidfile", "pidfile", metavar="FILE", help="Write the process ID to this file.")
@click.option("-quiet", "--quiet", "quiet", is_flag=True, help="Print nothing at the start.")
@click.option("-version", "--version", "version", is_flag=True, help="Print the version.")
@click.option("-plugins", "--plugins", "plugins", is_flag=True, help="List the plugins.")
@click.option("--no-replay", is_flag=True, help="Have every query go through its plugins, to look for faults.")
@click.option(
    "--workers", type=click.IntRange(1, 1024), metavar="N", help="Serve with N processes, whatever `multisocket` says."
)
@compiler_options
def command(
    conf: str | None,
    port: str,
    pidfile: str | None,
    quiet: bool,
    version: bool,
    plugins: bool,
    no_replay: bool,
    workers: int | None,
    flags: CompilerFlags,
) -> None:
    """Answer DNS queries as the Corefile says.

    Without a Corefile it answers every query on port 53 with the address of the client (`whoami`), as CoreDNS does.
    SIGUSR1 takes up a changed Corefile, SIGTERM and SIGINT end the server.
    """
    if version:
        from corefile_cli.version import describe

        click.echo(describe(), nl=False)
        return
    if plugins:
        from corefile_cli.plugins import coredns_list

        click.echo("".join(f"{name}\n" for name in coredns_list()))
        return
    options = flags.options(extensions=True)
    load = Loader(conf, options._replace(default_port=port, serves_here=True))
    sys.exit(serve(load, pidfile, quiet=quiet, replay=not no_replay, workers=workers))


def serve(
    load: Callable[[], Program], pidfile: str | None, *, quiet: bool, replay: bool, workers: int | None = None
) -> int:
    """Serve until a signal ends it; the exit code. Without `workers` the program says how many processes there are."""
    from corefile_runtime.chain.refusal import StartError, explain_system
    from corefile_runtime.process.reloads import LoadError
    from corefile_runtime.sockets.bind_errors import ListenError

    try:
        program = load()
        engine = make_engine(load, program, replay=replay, workers=workers)
        engine.catch_signals()
        engine.start(program)
        if pidfile:
            with open(pidfile, "w", encoding="ascii") as file:
                file.write(f"{os.getpid()}\n")
    except (StartError, ListenError) as error:
        say(str(error))
        return 1
    except LoadError as error:  # a line for each fault
        click.echo(str(error), err=True)
        return 1
    except OSError as error:
        say(f"corefile: cannot start: {explain_system(error)}")
        return 1
    if not quiet and engine.instance is not None:
        from corefile_cli.version import describe

        for line in (*startup_lines(engine.instance), *describe().splitlines()):
            engine.output.line(line)
        engine.output.flush()
    engine.run()
    if pidfile and os.path.exists(pidfile):
        os.unlink(pidfile)
    return engine.status


def make_engine(load: Callable[[], Program], program: Program, *, replay: bool, workers: int | None) -> Engine:
    """What serves: one process, or a supervisor of several."""
    from corefile_runtime.process.engine import Engine
    from corefile_runtime.process.processes import count_processes

    processes = count_processes(program) if workers is None else workers
    if processes == 1:
        return Engine(load, replay=replay)
    from corefile_runtime.workers.supervisor import Supervisor

    # A number that was given stays; else a reload changes it to what the new program asks for.
    return Supervisor(load, processes, replay=replay, count=count_processes if workers is None else None)


class Loader:
    """Reads and compiles the Corefile, again for each reload. Standard input is read once."""

    def __init__(self, conf: str | None, options: Options) -> None:
        self._conf = conf
        self._options = options
        self._stdin: bytes | None = None
        self._has_read = False

    def __call__(self) -> Program:
        """The program; raises LoadError with what is wrong, and OSError."""
        from dataclasses import replace

        from corefile_runtime.process.reloads import LoadError

        path, text = self._read()
        compiled = compile_corefile(text, path, self._options)
        made = digest(compiled.expanded)
        if compiled.refusal is not None:
            unreadable = _is_no_corefile(compiled.diagnostics[compiled.refusal])
            raise LoadError(render_faults(compiled), digest="" if unreadable else made)
        return replace(compiled.program, hash=made, warnings=_warnings(compiled))

    def _read(self) -> tuple[str, bytes]:
        if self._conf == "stdin":
            text = self._stdin if self._stdin is not None else sys.stdin.buffer.read()
            self._stdin = text
            return "stdin", text
        if self._conf is None and not os.path.exists(DEFAULT):
            return "built-in default", b""
        path = self._conf or DEFAULT
        # Only the first time it may be a pipe of a shell: later nobody might ever write into it.
        if self._has_read and stat.S_ISFIFO(os.stat(path).st_mode):
            raise OSError(f"open {path}: it is no regular file")
        with open(path, "rb") as file:
            self._has_read = True
            return path, file.read()


def _is_no_corefile(refusal: Diagnostic) -> bool:
    """Whether the text has no structure, for the `reload` plugin, which asks for that only: any directive will do."""
    return refusal.rank is not None and refusal.rank.stage == 1 and refusal.code != "CF201"


def _warnings(compiled: Compiled) -> tuple[str, ...]:
    """What CoreDNS's parser warns of in its log: patterns that bring nothing."""
    return tuple(
        f"{found.span.path}:{found.span.line}: {found.message}"
        for found in compiled.diagnostics
        if found.code == "CF119"
    )


def render_faults(compiled: Compiled) -> str:
    """What keeps the Corefile from being served, a line each, the one at which CoreDNS stops first."""
    from corefile.reporting import without_secrets

    shown = without_secrets(compiled)
    refusing = [found for found in shown if found.rank is not None]
    refusing.sort(key=lambda found: found is not shown[compiled.refusal or 0])
    lines = [
        visible(
            f"{found.span.path}:{found.span.line}:{found.span.column}: {found.severity}: {found.message} [{found.code}]"
        )
        for found in refusing[:MOST_FAULTS]
    ]
    if len(refusing) > MOST_FAULTS:
        lines.append(f"and {len(refusing) - MOST_FAULTS} more")
    return "\n".join(lines)


def startup_lines(instance: Instance) -> list[str]:
    """The zones and ports that are served, as CoreDNS prints them, and zones that are hardly meant to be names."""
    lines: list[str] = []
    for listener in instance.listeners or instance.program.listeners:
        place = f":{listener.port} on {listener.address}" if listener.address else f":{listener.port}"
        transport = "" if listener.transport == "dns" else f"{listener.transport}://"
        for zone in sorted({zone for zone, _ in listener.routes}):
            if not _PREFERRED.fullmatch(zone):
                lines.append(f"Warning: Domain {quote(zone)} does not follow RFC1035 preferred syntax")
            lines.append(visible(f"{transport}{zone}{place}"))
    return lines
