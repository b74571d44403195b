"""`corefile lint`: what it reads, what it prints, and how it ends."""

from __future__ import annotations

import io
import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from corefile_cli.main import cli

GOOD = ". {\n    whoami\n}\n"
BAD = ". {\n    whoamii\n    forward .\n}\n"

SCHEMA = json.loads((Path(__file__).parent.parent.parent / "docs" / "lint.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


def lint(*arguments: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["lint", *arguments], input=text, catch_exceptions=False)


def document(*arguments: str, text: str | None = None) -> dict[str, list[dict[str, object]]]:
    found = json.loads(lint("--format", "json", *arguments, text=text).stdout)
    jsonschema.validate(found, SCHEMA)
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("text", "arguments", "code"),
    [
        (GOOD, [], 0),
        (BAD, [], 1),
        (BAD, ["--select", "CL"], 0),
        (BAD, ["--ignore", "CF2"], 0),
        (BAD, ["--ignore", "CF201,CF202"], 0),
        (BAD, ["--ignore", "CF201"], 1),
        (BAD, ["--select", "cf202"], 1),
        (BAD, ["--external-plugins", "whoamii", "--ignore", "CF202"], 0),
        (". {\n    log {$UNSET_HERE}\n}\n", [], 0),
        (". {\n    log {$UNSET_HERE}\n}\n", ["--fail-on", "warning"], 1),
        (". {\n    log {$UNSET_HERE}\n}\n", ["--fail-on", "info"], 1),
        (". {\n    log {$UNSET_HERE}\n}\n", ["--fail-on", "warning", "--env", "UNSET_HERE=x"], 0),
        (". {\n    log {$HOME}\n}\n", ["--fail-on", "warning"], 0),
        (". {\n    log {$HOME}\n}\n", ["--fail-on", "warning", "--no-env"], 1),
        (". {\n    log {$HOME}\n}\n", ["--fail-on", "warning", "--no-env", "--env", "HOME=x"], 0),
        (". {\n    {$WHAT}\n}\n", ["--env", "WHAT=whoami"], 0),
        (". {\n    {$WHAT}\n}\n", ["--env", "WHAT=whoami", "--env", "WHAT=nothing"], 1),
    ],
)  # fmt: skip
def test_exit_code(text: str, arguments: list[str], code: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/root")
    (folder / "Corefile").write_text(text)
    assert lint(*arguments).exit_code == code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing"], "missing:1:1: CF116 cannot be read: no such file or directory\n"),
        (["missing", "--select", "CL"], "missing:1:1: CF116 cannot be read: no such file or directory\n"),
        (["empty"], "corefile: no Corefile found in empty\n"),
        (["empty.yaml"], "empty.yaml: no ConfigMap with a Corefile in it\ncorefile: no Corefile found in empty.yaml\n"),
        (["git:HEAD"], "git:HEAD:1:1: CF116 not of the form git:REV:PATH\n"),
        (["--select", "CF9"], "no code begins with 'CF9'"),
        (["--ignore", "X"], "no code begins with 'X'"),
        (["--env", "A"], "'A' is not of the form NAME=VALUE"),
        (["--env-file", "missing"], "missing: cannot be read"),
        (["--import-root", "missing"], "--import-root: 'missing' is not a directory"),
        (["--jobs", "-1"], "not in the range"),
    ],
)
def test_what_cannot_run(arguments: list[str], message: str, folder: Path) -> None:
    (folder / "empty").mkdir()
    (folder / "empty.yaml").write_text("kind: Service\n")
    result = lint(*arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_one_unreadable_file_does_not_hide_the_others(folder: Path) -> None:
    (folder / "Corefile").write_text(BAD)
    result = lint("missing", "Corefile")
    assert result.exit_code == 2
    assert "Corefile:2:5: CF201 unknown directive 'whoamii'\n" in result.stdout


def test_json(folder: Path) -> None:
    (folder / "Corefile").write_text(BAD)
    (file,) = document()["files"]
    assert (file["path"], file["verdict"], file["refusal"]) == ("Corefile", "reject", 0)
    (file,) = document("--ignore", "CF201")["files"]
    assert (file["verdict"], file["refusal"]) == ("reject", None)
    (file,) = document("missing")["files"]
    assert (file["verdict"], file["refusal"]) == ("reject", 0)


def test_json_of_a_manifest(folder: Path) -> None:
    (folder / "cm.yaml").write_text(
        "kind: ConfigMap\nmetadata: {name: coredns, namespace: dns}\n"
        "data:\n  Corefile: |\n    . {\n        whoamii\n    }\n  Corefile.dev: |\n    . {\n    }\n"
    )
    first, second = document("cm.yaml")["files"]
    assert (first["path"], first["name"], first["verdict"]) == ("cm.yaml", "dns/coredns:Corefile", "reject")
    assert (second["name"], second["verdict"]) == ("dns/coredns:Corefile.dev", "accept")
    assert "cm.yaml:6:9: CF201" in lint("cm.yaml").stdout


def test_standard_input(folder: Path) -> None:
    (folder / "d").mkdir()
    (folder / "d" / "x").write_text("whoami\n")
    assert lint("-", text=BAD).stdout.startswith("<stdin>:2:5: CF201 ")
    assert lint("-", "--stdin-filename", "d/Corefile", text=". {\n import x\n}\n").exit_code == 0
    assert lint("-", text=". {\n import x\n}\n").exit_code == 1
    assert lint("-conf", "stdin", text=GOOD).exit_code == 0


def test_import_root(folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "outside").write_text("whoami\n")
    (folder / "in" / "Corefile").write_text(". {\n import ../outside\n}\n")
    assert lint("in").exit_code == 0
    assert "CF115" in lint("in", "--import-root", "in").stdout


def test_env_file(folder: Path) -> None:
    (folder / "env").write_text("ZONE=example.org\n")
    (folder / "Corefile").write_text("{$ZONE}:{$PORT} {\n whoami\n}\n")
    assert lint("--env-file", "env", "--env", "PORT=1053").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "environment", "colored"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": ""}, False),
    ],
)
def test_colors(
    arguments: list[str], environment: dict[str, str], colored: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (folder / "Corefile").write_text(BAD)
    result = CliRunner().invoke(cli, ["lint", "--format", "full", *arguments], color=True)
    assert ("\x1b[" in result.stdout) is colored


class Console(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_the_full_format(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "Corefile").write_text(BAD)
    console = Console()
    monkeypatch.setattr("sys.stdout", console)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(SystemExit):
        cli.main(["lint"])
    assert "\x1b[1;31merror:\x1b[0m" in console.getvalue()
    assert "1 Corefile: 2 errors; CoreDNS refuses it\n" in console.getvalue()


def test_progress(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        (folder / f"{number:02}.Corefile").write_text(GOOD)
    console = Console()
    monkeypatch.setattr("sys.stderr", console)
    monkeypatch.setattr("corefile_cli.progress.PATIENCE", -1.0)
    result = CliRunner().invoke(cli, ["lint", ".", "--jobs", "1"], catch_exceptions=False)
    assert result.exit_code == 0


def test_several_processes_say_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_cli.lint.WORTHWHILE", 0)
    for number in range(20):
        (folder / f"{number:02}.Corefile").write_text(GOOD if number % 3 else BAD)
    alone = lint(".", "--format", "json", "--jobs", "1")
    together = lint(".", "--format", "json", "--jobs", "3")
    assert together.stdout == alone.stdout
    assert [file["path"] for file in json.loads(alone.stdout)["files"]] == [
        f"{number:02}.Corefile" for number in range(20)
    ]
