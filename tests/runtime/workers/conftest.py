"""What tests of several processes share."""

import socket

import pytest

from tests.runtime.workers.whole import PATIENCE


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What workers have to tell is waited for, however busy the machine is, and no answers happen to be brief."""
    monkeypatch.setattr("corefile_runtime.workers.survey.ANSWER", PATIENCE)
    monkeypatch.setattr("corefile_runtime.workers.load.BRIEF", 0.0)


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Workers get queries by chance: what a test sends takes less than a turn. The list has what should be in turns."""
    tried: list[int] = []

    def refuse(_made: socket.socket, workers: int) -> None:
        tried.append(workers)
        raise PermissionError

    monkeypatch.setattr("corefile_runtime.workers.sockets.steer_by_time", refuse)
    return tried
