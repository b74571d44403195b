"""The command line: which servers, which cases, and what it says when something is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.cases import CASES
from tests.bench.command import chosen_servers, main
from tests.bench.servers import STUB, Server, parse_server

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("coredns=coredns -conf {corefile}", Server(name="coredns", command="coredns -conf {corefile}")),
        ("old=run --flag=1", Server(name="old", command="run --flag=1")),
        ("u@unbound=unbound -c {config}", Server(name="u", dialect="unbound", command="unbound -c {config}")),
        ("/opt/dns/coredns -conf {corefile}", Server(name="coredns", command="/opt/dns/coredns -conf {corefile}")),
        ("stub", STUB),
    ],
)
def test_a_server_is_read(text: str, server: Server) -> None:
    assert parse_server(text) == server


def test_places_in_a_command_are_filled(tmp_path: Path) -> None:
    server = parse_server("x=serve -conf '{corefile}' -port {port} {dir}/y")
    words = server.arguments(tmp_path / "a b.conf", tmp_path, 10001)
    assert words == ("serve", "-conf", f"{tmp_path}/a b.conf", "-port", "10001", f"{tmp_path}/y")


def test_ours_is_measured_unless_another_is_given_instead() -> None:
    other = Server(name="other", command="other")
    assert [server.name for server in chosen_servers([], [other])] == ["corefile", "other"]
    assert chosen_servers([other], []) == (other,)


def test_two_servers_of_one_name_cannot_be_told_apart() -> None:
    with pytest.raises(ValueError, match="name corefile"):
        chosen_servers([], [Server(name="corefile", command="corefile run")])


def test_the_cases_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(CASES)


def test_an_unknown_case_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cases", "cache-hit,cache-miss"]) == 2
    assert "there is no case cache-miss" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x=serve {conf}", "'conf' is no place to fill; there are {corefile}, {config}, {dir}, {port}"),
        ("x=serve 'open", "No closing quotation"),
        (" ", "a server needs a command"),
    ],
)
def test_a_command_that_cannot_be_started_is_refused(
    text: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--against", text])
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err


def test_results_that_are_not_there_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["dnsperf", "cc"])
def test_a_missing_tool_is_named_and_the_status_is_2(missing: str, tmp_path: Path) -> None:
    for tool in {"dnsperf", "cc"} - {missing}:
        (tmp_path / tool).symlink_to(shutil.which("true") or "true")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--work", str(tmp_path / "work")],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"{missing} is not installed" in done.stderr
    assert "Traceback" not in done.stderr
