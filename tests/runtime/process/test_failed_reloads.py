"""Reloads that fail in every way there is: each failed poll counts one, nothing stays, and a good one is taken up."""

import os
import shutil
import socket
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from corefile_cli.run import Loader
from corefile_runtime.testing import Running, made_up, serve
from corefile_runtime.testing.clock import CLOCK

from corefile.compiler import Options
from tests.bench.failing import KINDS
from tests.bench.misbehaving import misbehaves
from tests.ports import HOST

GOOD = ".:0 {{\n    bind 127.0.0.1\n    reload 2s 1s\n    hosts {{\n        192.0.2.{} a.example.org\n    }}\n}}\n"
INTERVAL = 2.5  # with the jitter


class Watched:
    """A server that looks at a file."""

    def __init__(self, server: Running, path: Path, taken: int) -> None:
        self.server = server
        self.path = path
        self._taken = taken

    def write(self, text: str | None, number: int = 0) -> None:
        """A Corefile, or a folder in its place."""
        if self.path.is_dir():
            shutil.rmtree(self.path)
        if text is None:
            self.path.unlink()
            self.path.mkdir()
            return
        places = {"$number": str(number), "$taken": str(self._taken), "$port": "0"}
        for place, value in places.items():
            text = text.replace(place, value)
        self.path.write_text(text)

    def poll(self) -> None:
        """So much time passes that the file is looked at, and not twice."""
        CLOCK.now += INTERVAL

    @property
    def failures(self) -> float:
        return self.server.metric("coredns_reload_failed_total") or 0

    def address(self) -> str:
        return self.server.answers("a.example.org. A")[1].rpartition(" ")[2]


@pytest.fixture(name="watched")
def a_watched_server(tmp_path: Path) -> Generator[Watched]:
    with (
        made_up("misbehaves", misbehaves.prepare),
        socket.create_server((HOST, 0)) as taken,
        serve(GOOD.format(1), whole=True) as server,
    ):
        watched = Watched(server, tmp_path / "Corefile", taken.getsockname()[1])
        server.engine.load = Loader(str(watched.path), Options(extensions=True))
        watched.write(GOOD.format(2))
        watched.poll()
        server.wait(lambda: "[INFO] Reloading complete" in server.output())
        yield watched


def held() -> tuple[int, int]:
    """Descriptors and threads."""
    return len(os.listdir("/proc/self/fd")), threading.active_count()


def test_each_failed_poll_counts_one_and_leaves_nothing(watched: Watched) -> None:
    server, before = watched.server, (0, 0)
    for number in range(3 * len(KINDS)):
        failures = watched.failures
        text = list(KINDS.values())[number % len(KINDS)]
        watched.write(text and GOOD.format(3) + text, number)
        watched.poll()
        server.wait(lambda: watched.failures > failures)  # noqa: B023
        assert watched.failures == failures + 1
        if number == len(KINDS) - 1:  # all that is opened once is open
            before = held()
    server.run(0.1)
    files, threads = held()
    assert files == before[0]
    assert threads <= before[1] + 1  # one more where a busy machine had two pieces of work overlap
    assert watched.address() == "192.0.2.2"

    watched.write(GOOD.format(4))
    watched.poll()
    server.wait(lambda: watched.address() == "192.0.2.4")
    assert watched.failures == 3 * len(KINDS)


def test_what_is_refused_is_tried_once_and_what_cannot_be_read_at_each_poll(watched: Watched) -> None:
    for kind, counted in (("refused by lint", 1), ("parse error", 3), ("missing import", 3), ("unreadable", 3)):
        before, text = watched.failures, KINDS[kind]
        watched.write(text and GOOD.format(3) + text)
        for _ in range(3):
            watched.poll()
            watched.server.run(0.2)
        assert (kind, watched.failures - before) == (kind, counted)
