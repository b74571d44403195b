"""The command line of the bench: `make bench ARGS='…'`, or python -m tests.bench.

Without arguments our own server is measured alone, in a few cases. Needs Linux, dnsperf and a C compiler (cc).
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.bench.bench import Bench, Unavailable
from tests.bench.cases import CASES, SHORT
from tests.bench.commands import default_commands, measure_commands
from tests.bench.failing import measure_failing
from tests.bench.hanging import measure_hanging
from tests.bench.letters import measure_letters
from tests.bench.load import Plan, measure_load
from tests.bench.report import render_figures, render_ratios
from tests.bench.results import Run, medians, pool, read_results, write_results
from tests.bench.servers import Server, our_own, parse_server
from tests.bench.startup import measure_startup
from tests.bench.streaming import measure_stream

TOOLS = {"dnsperf": "dnsperf in Debian", "cc": "gcc and libc6-dev in Debian"}

WHAT = ("load", "startup", "commands", "failing", "hanging", "letters", "stream", "merge", "list")

EPILOG = """\
what there is to do:
  load      CPU time for a query, throughput, latency at a low rate, memory (without a word)
  startup   the time to the first answer of several Corefiles, and from an edit to the new answer
  commands  the time of commands that end: --time NAME=COMMAND, otherwise `lint`
  failing   --count reloads that fail in turn in every way, then a good one: memory, threads, descriptors
  hanging   reloads that hang or take long: the longest waits over UDP, TCP and of /health
  letters   --count queries in random letters while what they ask for changes: memory, what is replayed, what is stale
  stream    a reply of --count records over TCP, and what others wait for meanwhile
  merge     pool the runs of several files that --json wrote
  list      the cases

A server is NAME=COMMAND, or NAME@DIALECT=COMMAND for unbound, dnsmasq and nsd, which read no Corefile. The command has
{corefile} (or {config}) for its configuration, {dir} and {port}. It must be the program itself: signals go to the
process that is started. 'stub' is the upstream of the bench, the least that a process can spend on a query.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, 1 where a case has no good run, 2 when something is missing or asked wrongly."""
    options = _parser().parse_args(arguments)
    if options.what == "list":
        for name, case in CASES.items():
            print(f"{name:24}{case.title}  [{', '.join(('corefile', *case.peers))}]")
        return 0
    try:
        runs = _runs(options)
    except (Unavailable, OSError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    if options.json:
        write_results(options.json, runs)
    rows = medians(runs)
    print(render_figures(rows))
    if compared := render_ratios(rows):
        print(f"\n{compared}")
    return 0 if rows and all(row.rounds for row in rows) else 1


def _runs(options: argparse.Namespace) -> list[Run]:
    if options.what == "merge":
        return pool((read_results(path) for path in options.results), most_noise=options.max_others)
    check_cases(options.cases)
    folder = Path(options.work or tempfile.mkdtemp(prefix="bench-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"# configurations and logs: {folder}", file=sys.stderr)
    return [_told(run) for run in _measured(options, folder)]


def _measured(options: argparse.Namespace, folder: Path) -> Iterator[Run]:
    servers = chosen_servers(options.server, options.against)
    rounds = options.rounds or (3 if len(servers) > 1 else 1)
    if options.what == "commands":
        yield from measure_commands(folder, dict(options.time) or default_commands(), rounds)
        return
    if options.what == "letters":
        yield from measure_letters(options.count or 1_000_000)
        return
    if options.what == "stream":
        yield from measure_stream(options.count or 100_000, rounds)
        return
    if missing := missing_tools():
        raise Unavailable(missing)
    bench = Bench(folder, pin=options.pin)
    if options.what == "startup":
        yield from measure_startup(bench, servers, rounds)
    elif options.what == "failing":
        yield from measure_failing(bench, servers, options.count or 500)
    elif options.what == "hanging":
        yield from measure_hanging(bench, servers, rounds)
    else:
        plan = Plan(cases=options.cases, rounds=rounds, seconds=options.seconds, rate=options.rate)
        yield from measure_load(bench, servers, plan)


def chosen_servers(instead: Sequence[Server], against: Sequence[Server]) -> tuple[Server, ...]:
    """Ours, or what was given instead, and what it is measured against. Raises ValueError for a name given twice."""
    servers = (*(instead or (our_own(),)), *against)
    names = [server.name for server in servers]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two servers have the name {twice[0]}; name them: NAME=COMMAND")
    return servers


def check_cases(names: Sequence[str]) -> None:
    """Raises ValueError for a case that does not exist."""
    if unknown := [name for name in names if name not in CASES]:
        raise ValueError(f"there is no case {', '.join(unknown)}; `make bench ARGS=list` has them all")


def missing_tools() -> str:
    """What is not installed and how it is called, in one sentence; nothing when all is there."""
    missing = [f"{tool} is not installed ({package})" for tool, package in TOOLS.items() if not shutil.which(tool)]
    return "; ".join(missing)


def _told(run: Run) -> Run:
    print("#", json.dumps(asdict(run)), file=sys.stderr, flush=True)
    return run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", default="load", choices=WHAT)
    parser.add_argument("results", nargs="*", type=Path, help="for merge")
    parser.add_argument("--against", action="append", default=[], type=_server, help="another server, in turn")
    parser.add_argument("--server", action="append", default=[], type=_server, help="a server instead of ours")
    parser.add_argument("--cases", default=SHORT, type=_cases, help="names with commas between them, or all")
    parser.add_argument("--count", type=int, help="of failing, letters, stream: how many")
    parser.add_argument("--rounds", type=int, help="how often (default: 3, or 1 for a server alone)")
    parser.add_argument("--seconds", type=int, default=3, help="length of a run (default: 3)")
    parser.add_argument("--rate", type=int, default=2000, help="queries a second of the run at a low rate")
    parser.add_argument("--time", action="append", default=[], type=_named, metavar="NAME=COMMAND", help="for commands")
    parser.add_argument("--pin", action="store_true", help="the server on CPU 0, everything else on CPU 1")
    parser.add_argument("--work", help="folder for configurations and logs (default: a new one)")
    parser.add_argument("--max-others", type=float, default=1, help="merge: leave out what had more noise than this")
    parser.add_argument("--json", type=Path, help="write runs and medians into this file")
    return parser


def _server(text: str) -> Server:
    try:
        server = parse_server(text)
        server.arguments(Path(), Path(), 0)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return server


def _cases(text: str) -> tuple[str, ...]:
    return tuple(CASES) if text == "all" else tuple(text.split(","))


def _named(text: str) -> tuple[str, str]:
    name, is_named, command = text.partition("=")
    if not is_named:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=COMMAND")
    return name, command
