"""Nothing of a file reaches a terminal or a CI log as a command, and no secret of a URL is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from corefile_cli.main import cli

REFUSED = '. {\n    "x\n::error::pwned\n\x1b[2J" y\n}\n'
REFUSED_VALUE = '. {\n    cache "\n::error::pwned\n\x1b[2J\x9b"\n}\n'
ACCEPTED = '. {\n    log . "\x1b[2J\n::error::pwned\u009b\u2028"\n}\n'
URL = ". {\n    etcd {\n        endpoint http://user:SEKRET@192.0.2.1:2379\n    }\n}\n"
BAD_URL = ". {\n    etcd {\n        endpoint http://user:SEKRET@[192.0.2.1:2379\n    }\n}\n"
OTHER = ". {\n    etcd {\n        endpoint http://user:ANOTHER-SEKRET@192.0.2.1:2379\n    }\n}\n"
COMMANDS = [
    ["lint", "File"],
    ["lint", "--format", "concise", "File"],
    ["lint", "--format", "json", "File"],
    ["fmt", "--check", "File"],
    ["ir", "File"],
    ["ir", "--spans", "File"],
    ["diff", "Other", "File"],
    ["diff", "File", "Other", "--format", "markdown"],
    ["diff", "Other", "File", "--format", "json"],
]


def shown(command: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(cli, command)
    return done.output + (done.stderr if done.stderr_bytes else "")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("text", [REFUSED, REFUSED_VALUE, ACCEPTED])
def test_control_characters_of_a_file_are_spelled_out(
    command: list[str], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "File").write_text(text)
    (tmp_path / "Other").write_text(". {\n    log\n}\n")
    text = shown(command, tmp_path, monkeypatch)
    assert not [letter for letter in text if (letter < " " and letter != "\n") or "\x7f" <= letter < "\xa0"]
    assert "\u2028" not in text
    assert not any(line.strip().startswith("::") for line in text.splitlines())


@pytest.mark.parametrize("command", [command for command in COMMANDS if command[0] != "fmt"])
@pytest.mark.parametrize("text", [URL, BAD_URL])
def test_passwords_of_urls_are_not_shown(
    command: list[str], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "File").write_text(text)
    (tmp_path / "Other").write_text(OTHER)
    assert "SEKRET" not in shown(command, tmp_path, monkeypatch)


def test_a_password_of_a_url_that_changes_is_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "File").write_text(URL)
    (tmp_path / "Other").write_text(OTHER)
    told = shown(["diff", "File", "Other"], tmp_path, monkeypatch)
    assert told.endswith("changed, it is a secret\n")


@pytest.mark.parametrize("name", ["a\n::error::pwned", "\x1b[2J"])
def test_names_of_files_are_spelled_out(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).write_text(". {\n    cahce\n}\n")
    for command in (["lint", name], ["ir", name], ["diff", name, name], ["ir", f"{name}x"], ["fmt", f"{name}x"]):
        text = shown(command, tmp_path, monkeypatch)
        assert text
        assert "\x1b" not in text
        assert not any(line.strip().startswith("::") for line in text.splitlines())
