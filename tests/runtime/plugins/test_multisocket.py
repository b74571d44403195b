"""multisocket: how many processes there are, and what is said when they are fewer than wanted."""

from __future__ import annotations

import pytest
from corefile_runtime.plugins import multisocket
from corefile_runtime.process.processes import count_processes
from corefile_runtime.testing import serve

from corefile.compiler import compile_corefile
from corefile.plugins.multisocket import Multisocket


@pytest.mark.parametrize(
    ("sockets", "processors", "wanted"), [(0, 6, 6), (1, 6, 1), (5, 2, 5), (9, 2, 8), (1024, 6, 24), (0, 1, 1)]
)
def test_how_many_processes_there_are(
    monkeypatch: pytest.MonkeyPatch, sockets: int, processors: int, wanted: int
) -> None:
    monkeypatch.setattr(multisocket, "count_processors", lambda: processors)
    assert multisocket.count_wanted((Multisocket(sockets=sockets),)) == wanted


def test_the_largest_number_counts() -> None:
    text = "a.example.org {\n multisocket 2\n whoami\n}\nexample.net {\n multisocket 3\n whoami\n}\n"
    assert count_processes(compile_corefile(text, "Corefile").program) == 3
    assert count_processes(compile_corefile(". {\n whoami\n}\n", "Corefile").program) == 1
    assert multisocket.count_processors() >= 1


def test_fewer_than_wanted_is_said() -> None:
    with serve("    multisocket 3\n    whoami") as server:
        (line,) = [line for line in server.output() if "WARNING" in line]
        assert line.startswith("[WARNING] plugin/multisocket: 3 sockets are asked for and 1 is served: the number of")
    with serve("    multisocket 1\n    whoami") as server:
        assert not [line for line in server.output() if "WARNING" in line]
