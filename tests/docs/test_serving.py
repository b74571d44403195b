"""Servers of the documentation start and answer. Port 1053 of the page is a free one of 127.0.0.1 here.

`dig` is a stand-in, so that the tests need no name server's tools: it knows `+short @ADDRESS -p PORT NAME [TYPE]`.
"""

from __future__ import annotations

import os
import selectors
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.docs.listings import Listing, of_language, write_files
from tests.docs.test_console import commands, environment, matches, run
from tests.ports import free_port

PORT = "1053"

DIG = """\
#!{python}
import socket, sys
from dnslib import DNSRecord
server, port, name, *kind = [word for word in sys.argv[1:] if word not in ("+short", "-p")]
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
    asker.settimeout(60)
    asker.sendto(DNSRecord.question(name, *kind).pack(), (server[1:], int(port)))
    print(*(record.rdata for record in DNSRecord.parse(asker.recv(4096)).rr), sep="\\n")
"""


def started(server: subprocess.Popen[bytes], lines: int) -> list[str]:
    """What the server prints until it has printed so many lines, for at most a minute."""
    assert server.stdout is not None
    printed = b""
    end = time.monotonic() + 60
    with selectors.DefaultSelector() as ready:
        ready.register(server.stdout, selectors.EVENT_READ)
        while printed.count(b"\n") < lines and time.monotonic() < end:
            if ready.select(0.1):
                chunk = os.read(server.stdout.fileno(), 4096)
                if not chunk:
                    break
                printed += chunk
    return printed.decode().splitlines()


@pytest.mark.parametrize("listing", [found for found in of_language("console") if found.expectation], ids=str)
def test_a_server_answers_what_the_page_says(listing: Listing, tmp_path: Path) -> None:
    assert listing.expectation == ("serve",)
    port = str(free_port())
    write_files(listing, tmp_path)
    for name in listing.files:
        path = tmp_path / name
        path.write_text(path.read_text(encoding="utf-8").replace(PORT, port), encoding="utf-8")
    dig = tmp_path / "bin" / "dig"
    dig.parent.mkdir()
    dig.write_text(DIG.format(python=sys.executable), encoding="utf-8")
    dig.chmod(0o755)
    env = environment(listing)
    env["PATH"] = f"{dig.parent}{os.pathsep}{env['PATH']}"
    (serve, banner), *questions = [
        (command.replace(PORT, port), [line.replace(PORT, port) for line in lines])
        for command, lines in commands(listing)
    ]
    arguments = shlex.split(serve)
    arguments[0] = os.path.join(os.path.dirname(sys.executable), arguments[0])
    server = subprocess.Popen(arguments, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        printed = started(server, len(banner))
        assert matches(banner, printed), "\n".join(printed)
        for command, expected in questions:
            answered = run(command, tmp_path, env)
            assert matches(expected, answered), f"$ {command}\n" + "\n".join(answered)
    finally:
        server.terminate()
        assert server.stdout is not None
        server.stdout.close()
        assert server.wait(60) == 0
