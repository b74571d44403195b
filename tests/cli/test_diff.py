"""`corefile diff`: what it compares, where it says so, and with which code it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from corefile_cli.main import cli

OLD = ". {\n    cache 30\n}\n"
NEW = ". {\n    cache 60\n    errors\n}\n"
REFUSED = "is refused, there is nothing to compare:\n"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: coredns\ndata:\n"


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["diff", *arguments], input=text, catch_exceptions=False)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").write_text(OLD)
    (tmp_path / "new").write_text(NEW)
    return tmp_path


def manifest(**corefiles: str) -> str:
    indented = {name: text.replace("\n", "\n    ").rstrip(" ") for name, text in corefiles.items()}
    return MAP + "".join(f"  {name}.corefile: |\n    {text}" for name, text in indented.items())


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["old", "new"], 0),
        (["old", "new", "--exit-code"], 1),
        (["old", "old", "--exit-code"], 0),
        (["old", "-"], 0),
        (["-", "new", "--exit-code"], 1),
    ],
)
def test_exit_code(arguments: list[str], code: int) -> None:
    found = run(*arguments, text=OLD)
    assert (found.exit_code, found.stderr) == (code, "")
    assert bool(found.stdout) is ("new" in arguments)


def test_text() -> None:
    assert run("old", "new").stdout == (
        "~ .:53: `cache` success TTL 30s → 1m\n~ .:53: `cache` denial TTL 30s → 1m\n+ .:53: `errors` added\n"
    )


def test_other_formats() -> None:
    assert run("old", "new", "--format", "markdown").stdout.startswith("| where | what changes |\n")
    document = json.loads(run("old", "new", "--format", "json").stdout)
    assert [change["plugin"] for change in document["changes"]] == ["cache", "cache", "errors"]


def test_variables_of_both_sides(folder: Path) -> None:
    (folder / "new").write_text(". {\n    cache {$TTL}\n}\n")
    assert run("old", "new", "--env", "TTL=30", "--exit-code").exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (manifest(a=OLD), NEW, ["cache", "cache", "errors"]),
        (manifest(a=OLD, b=OLD), manifest(a=OLD, b=NEW), ["cache", "cache", "errors"]),
        (manifest(a=OLD, b=OLD), manifest(a=OLD), [""]),
        (manifest(a=OLD), manifest(a=OLD, b=NEW), [""]),
    ],
    ids=["a lone one with a lone one", "by name", "removed", "added"],
)
def test_manifests(folder: Path, old: str, new: str, expected: list[str]) -> None:
    (folder / "old").write_text(old)
    (folder / "new").write_text(new)
    document = json.loads(run("old", "new", "--format", "json").stdout)
    assert [change["plugin"] for change in document["changes"]] == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            ". {\n cahce\n log {$U}\n}\n",
            f"corefile: <stdin> {REFUSED}<stdin>:2:2: CF201 unknown directive 'cahce'\n",
        ),
        (
            manifest(a=". {\n  cahce\n}\n"),
            f"corefile: <stdin> (coredns:a.corefile) {REFUSED}<stdin>:8:7: CF201 unknown directive 'cahce'\n",
        ),
        ("\x7fELF", "corefile: -: not a Corefile: it is a program\n"),
        ("apiVersion: v1\nkind: Pod\n", "corefile: -: no ConfigMap with a Corefile in it\n"),
    ],
    ids=["refused", "refused in a manifest", "unreadable", "nothing to compare"],
)
def test_sides_that_cannot_be_compared(text: str, said: str) -> None:
    found = run("old", "-", text=text)
    assert (found.exit_code, found.stdout, found.stderr) == (2, "", said)


def test_both_sides_cannot_be_standard_input() -> None:
    found = run("-", "-", text=OLD)
    assert (found.exit_code, "only one side can be standard input" in found.stderr) == (2, True)
