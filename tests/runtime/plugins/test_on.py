"""on: commands at start and end, waited for or not, and what fails."""

import os
from pathlib import Path

import pytest
from corefile_runtime.testing import serve


def test_startup_is_waited_for_and_shutdown_comes_at_the_end(tmp_path: Path) -> None:
    started, ended = tmp_path / "started", tmp_path / "ended"
    config = f"    on startup touch {started}\n    on shutdown touch {ended}\n    on certrenew touch {tmp_path}/never\n"
    with serve(config + "    whoami") as server:
        assert started.exists()
        assert not ended.exists()
        server.engine.end()
        assert ended.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ended", "started"]


def test_a_reload_runs_startup_again_but_not_shutdown(tmp_path: Path) -> None:
    log = tmp_path / "log"
    text = f"    on startup sh -c 'echo up >> {log}'\n    on shutdown sh -c 'echo down >> {log}'\n    whoami"
    with serve(text) as server:
        server.engine.reload_now()
        assert log.read_text().split() == ["up", "up"]


def test_the_background_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with serve(f"    on startup sh -c 'echo here > {pipe}' &\n    whoami") as server:
        assert pipe.read_text() == "here\n"  # it waits for us, so nobody waits for it
        server.engine.reload_now()
        assert pipe.read_text() == "here\n"
        assert any("Nonblocking Command" in line for line in server.output())


@pytest.mark.parametrize(
    ("command", "why"),
    [("false", "exit status 1"), ("/no/such/command", "No such file"), ("sh -c 'kill -9 $$'", "signal 9")],
)
def test_a_failure_is_said(command: str, why: str) -> None:
    with serve(f"    on startup {command}\n    whoami") as server:
        assert server.answers("a.example.org. A") == ["NOERROR"]
        (line,) = [line for line in server.output() if "ERROR" in line]
        assert line.startswith("[ERROR] error on 'startup' hook: ")
        assert why in line
