"""Whether our server starts with what CoreDNS starts with: Corefiles of served plugins, both in the same surroundings.

python -m tests.verdicts.starting --coredns BINARY [--count N] [--seed N]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from random import Random

from corefile_runtime.chain.build import find_handler
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.listeners.transport import find_transport
from corefile_runtime.process.engine import Engine

from corefile.compiler import Options, compile_corefile
from tests.verdicts.coredns import POD, SURROUNDINGS, ask_one
from tests.verdicts.shapes import of_plugin, plugins

LONGEST = 5
"""Seconds for one start of ours."""


def made(seed: int, count: int) -> list[str]:
    """Corefiles of plugins that are served."""
    random = Random(seed)  # noqa: S311 - nothing here is secret
    names = [name for name in plugins() if find_handler(name) is not None]
    found: dict[str, None] = {}
    while len(found) < count:
        corefile = of_plugin(random.choice(names), names)(random)
        if is_served(corefile):
            found.setdefault(corefile)
    return list(found)


def is_served(corefile: str) -> bool:
    """Whether all that it wants is there: plugins and transports."""
    program = compile_corefile(corefile, options=Options(env=POD)).program
    names = {use.name for block in program.blocks for use in block.plugins}
    transports = {listener.transport for listener in program.listeners}
    return all(map(find_handler, names)) and all(map(find_transport, transports))


def start(corefile: str) -> str:
    """What our server says when it starts with a text, empty where it serves; in a process that ends at once."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(LONGEST)
        os.write(writing, _start(corefile).encode("utf-8", "replace")[:4000] or b" ")
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as file:
        said = file.read()
    os.waitpid(child, 0)
    return said.decode().strip() if said else "no end"


def _start(corefile: str) -> str:
    options = Options(env=POD, extensions=True)
    compiled = compile_corefile(corefile.encode("utf-8", "surrogateescape"), "Corefile", options)
    if compiled.refusal is not None:
        return f"refused: {compiled.diagnostics[compiled.refusal].message}"
    program = replace(compiled.program, hash="")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    try:
        Engine(lambda: program).start(program)
    except (StartError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    except Exception as error:  # a fault of ours, to be shown like the others
        return f"unexpected {type(error).__name__}: {error}"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coredns", required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        command = ["unshare", "--net", "--mount", "sh", "-c", SURROUNDINGS, "sh", sys.executable, "-m", __spec__.name]
        sys.exit(subprocess.run([*command, *sys.argv[1:], "--inside"], check=False).returncode)
    served = differing = asked = 0
    for corefile in made(options.seed, options.count):
        theirs = ask_one(options.coredns, corefile)
        if theirs.verdict == "timeout":
            continue
        asked += 1
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            ours = start(corefile)
            os.chdir("/")
        served += theirs.verdict == "accept"
        if bool(ours) == (theirs.verdict == "accept"):
            differing += 1
            print(json.dumps([theirs.verdict, theirs.message, ours]), corefile, sep="\n", flush=True)
    print(f"{asked} asked, CoreDNS serves {served}, {differing} start otherwise")


if __name__ == "__main__":
    main()
