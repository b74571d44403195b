"""The test kit: time passes for a server while nothing happens, and not while the machine has no time for us."""

import re
import time
from pathlib import Path

import corefile_runtime
import pytest
from corefile_runtime.events import event_loop as loop
from corefile_runtime.testing import serve

STALE = "    cache {\n        success 100 100 0\n    }\n    forward . 127.0.0.1:{up}"
ANSWERS = {"a.example.org. A": ["a.example.org. 2 IN A 192.0.2.1"]}


def test_time_stands_still_but_for_idle_rounds() -> None:
    with serve(STALE, answers=ANSWERS) as server:
        server.ask("a.example.org. A")
        before = server.now
        time.sleep(0.1)
        assert server.ask("a.example.org. A").answer[0].ttl == 2
        assert server.now == before
        server.run(1.5)
        assert 1.5 <= server.now - before < 1.6
        assert server.ask("a.example.org. A").answer[0].ttl == 1


def test_timers_are_waited_for() -> None:
    with serve("    whoami") as server:
        seen: list[float] = []
        start = server.now
        server.loop.after(0.1, lambda: seen.append(server.now - start))
        server.wait(lambda: seen)
        assert 0.1 <= seen[0] < 0.13


def test_the_clock_of_the_system_comes_back() -> None:
    with serve("    whoami") as first:
        with serve("    whoami") as second:
            assert first.now == second.now
        assert vars(loop)["monotonic"] is not time.monotonic
    assert vars(loop)["monotonic"] is time.monotonic


@pytest.mark.parametrize(
    "path", sorted(Path(corefile_runtime.__file__).parent.rglob("*.py")), ids=lambda path: path.stem
)
def test_modules_take_the_time_by_the_name_that_the_clock_replaces(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"^\s*import time|\btime\.monotonic|\bmonotonic as ", text, re.MULTILINE)
