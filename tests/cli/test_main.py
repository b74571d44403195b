"""The command line as a whole: subcommands, CoreDNS's flags, exit codes, and ends that are not the program's fault."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from corefile_cli import main as main_module
from corefile_cli.coredns_flags import translate
from corefile_cli.main import COMMANDS, cli, main

GOOD = ". {\n    whoami\n}\n"


@pytest.fixture
def corefile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Corefile").write_text(GOOD)
    return tmp_path / "Corefile"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["corefile", *arguments])
    return main()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-plugins"], ["plugins", "--coredns"]),
        (["--plugins"], ["plugins", "--coredns"]),
        (["-version"], ["version"]),
        (["--version"], ["--version"]),
        (["-validate"], ["lint", "Corefile"]),
        (["-validate", "-conf", "a"], ["lint", "a"]),
        (["-conf=a", "-validate"], ["lint", "a"]),
        (["--conf", "a", "--validate", "--format", "json"], ["lint", "--format", "json", "a"]),
        (["-validate", "-conf", "stdin"], ["lint", "-"]),
        (["-quiet", "-validate", "-conf"], ["lint", ""]),
        (["-conf", "a", "-dns.port", "1053"], ["run", "-conf", "a", "-dns.port", "1053"]),
        (["-p=1053"], ["run", "-p=1053"]),
        (["--help"], ["--help"]),
        (["-h"], ["-h"]),
    ],
)
def test_coredns_flags(arguments: list[str], expected: list[str]) -> None:
    assert translate(arguments) == expected


@pytest.mark.usefixtures("corefile")
@pytest.mark.parametrize(
    "arguments", [["-validate"], ["validate"], ["lint"], ["validate", "Corefile"], ["lint", "-conf", "Corefile"]]
)
def test_ways_to_validate(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, *arguments) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["lnit"], 2, "Did you mean 'lint'?"),
        (["nonsense"], 2, "No such command 'nonsense'.\n"),
        (["lint", "--format", "xml"], 2, "'xml' is not one of"),
        (["lint", "--nonsense"], 2, "No such option"),
        (["--help"], 0, "Commands:\n  lint "),
        (["lint", "--help"], 0, "--check-files"),
        (["--version"], 0, "CoreDNS 1.14.7\n"),
        (["-V"], 0, "corefile-"),
        (["-version"], 0, "CoreDNS 1.14.7\n"),
        (["version"], 0, "Python 3."),
        (["-plugins"], 0, "acl\nany\n"),
    ],
)  # fmt: skip
def test_output(
    arguments: list[str], code: int, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == code
    written = capsys.readouterr()
    assert text in (written.err if code else written.out)


def test_every_command_has_its_module_and_help() -> None:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.help
        assert name in COMMANDS


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (BrokenPipeError(), 141),
        (OSError(28, "No space left on device"), 2),
    ],
)
def test_ends(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(_: list[str]) -> int:
        raise error

    def keep_open(code: int) -> int:
        return code

    monkeypatch.setattr(main_module, "_run", fail)
    monkeypatch.setattr(main_module, "close_stdout", keep_open)
    assert run(monkeypatch, "lint") == code
    assert "Traceback" not in capfd.readouterr().err


def corefile_process(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "import sys; from corefile_cli.main import main; sys.exit(main())", *arguments]


def test_a_reader_that_goes_away(corefile: Path) -> None:
    corefile.write_text(". {\n" + "    whoamii\n" * 20_000 + "}\n")
    process = subprocess.Popen(corefile_process("lint"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 141
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.usefixtures("corefile")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_disk_that_is_full() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            corefile_process("lint", "--format", "json"), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (2, b"corefile: No space left on device\n")


def test_an_interrupt(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b". {\n")
    process = subprocess.Popen(corefile_process("lint", "-"), stdin=reading, cwd=tmp_path, stderr=subprocess.PIPE)
    while select.select([reading], [], [], 0)[0]:  # until the process has read that and waits for more
        assert process.poll() is None
        time.sleep(0.01)
    os.close(reading)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    os.close(writing)
    assert (process.returncode, b"Traceback" in errors) == (130, False)


def test_completion_is_clicks_own(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("_COREFILE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "corefile li")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        run(monkeypatch)
    assert capsys.readouterr().out == "plain,lint\n"


def test_closing_standard_output_is_final(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "out").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert main_module.close_stdout(3) == 3
        stream.write("nobody reads this")
    assert (tmp_path / "out").read_text() == ""
