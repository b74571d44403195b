"""`corefile lint --fix`: what is written, what is shown, and how it ends."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from corefile_cli.main import cli
from corefile_cli.rewriting import replace_file

from corefile.inputs import InputFault
from tests.docs.listings import ROOT

SAFE = "example.org {\n    file db {\n        upstream\n    }\n}\n"
MENDED = "example.org {\n    file db\n}\n"
UNSAFE = ". {\n    hosts\n    whoami\n}\n"
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: coredns}\ndata:\n  Corefile: |\n    " + SAFE.replace(
    "\n", "\n    "
)

SCHEMA = json.loads((ROOT / "docs" / "lint.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["lint", *arguments], input=text, catch_exceptions=False)


def test_a_file_is_mended_and_that_is_told(folder: Path) -> None:
    (folder / "Corefile").write_text(SAFE)
    result = lint("--fix")
    assert (folder / "Corefile").read_text() == MENDED
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("Corefile:3:9: fixed: 'upstream' of 'file' has no effect")
    assert os.listdir(folder) == ["Corefile"]


def test_unsafe_fixes_are_counted_and_applied_when_asked_for(folder: Path) -> None:
    (folder / "Corefile").write_text(UNSAFE)
    result = lint("--fix")
    assert (result.exit_code, result.stderr) == (0, "Corefile: 1 more with --unsafe-fixes\n")
    assert result.stdout.startswith("Corefile:3:5: CL201 ")
    assert (folder / "Corefile").read_text() == UNSAFE
    assert lint("--fix", "--unsafe-fixes").stdout == ""
    assert "fallthrough" in (folder / "Corefile").read_text()


def test_a_diff_shows_what_would_change_and_writes_nothing(folder: Path) -> None:
    (folder / "Corefile").write_text(SAFE)
    result = lint("--diff", "--format", "json")
    assert result.exit_code == 1
    assert result.stdout.startswith("--- Corefile\n+++ Corefile\n@@ ")
    assert "\n-        upstream\n" in result.stdout
    assert "would be fixed" in result.stderr
    assert (folder / "Corefile").read_text() == SAFE
    (folder / "Corefile").write_text(MENDED)
    assert (lint("--diff").exit_code, lint("--diff").output) == (0, "")


def test_json_carries_fixes_and_what_was_fixed(folder: Path) -> None:
    (folder / "Corefile").write_text(SAFE)
    document = json.loads(lint("--format", "json").stdout)
    jsonschema.validate(document, SCHEMA)
    (found,) = document["files"][0]["diagnostics"]
    place = {"path": "Corefile", "line": 2, "column": 12, "end_line": 4, "end_column": 6}
    assert found["fix"] == {"applicability": "safe", "edits": [{**place, "replacement": ""}]}
    after = json.loads(lint("--format", "json", "--fix").stdout)
    jsonschema.validate(after, SCHEMA)
    assert (after["files"][0]["diagnostics"], after["files"][0]["fixed"]) == ([], [found])


def test_standard_input_goes_mended_to_standard_output() -> None:
    result = lint("--fix", "-", text=SAFE + UNSAFE)
    assert result.stdout == MENDED + UNSAFE
    assert "<stdin>:3:9: fixed: " in result.stderr
    assert "CL201" in result.stderr
    assert lint("--fix", "-", text=MENDED).stdout == MENDED
    refused = lint("--fix", "-", text=". {\n")
    assert (refused.stdout, refused.exit_code) == (". {\n", 1)


def test_a_manifest_is_left(folder: Path) -> None:
    (folder / "cm.yaml").write_text(MANIFEST)
    result = lint("--fix", "cm.yaml")
    assert (folder / "cm.yaml").read_text() == MANIFEST
    assert "cm.yaml:8:13: left as it is: it is in a manifest [CL102]\n" in result.stderr
    piped = lint("--fix", "-", text=MANIFEST)
    assert (piped.exit_code, piped.stdout) == (2, "")
    assert "a Kubernetes manifest is not mended: give its Corefile to '-'" in piped.stderr


def test_a_file_of_a_revision_is_only_shown(folder: Path) -> None:
    (folder / "Corefile").write_text(SAFE)
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "m"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    assert lint("--diff", "git:HEAD:Corefile").stdout.startswith("--- git:HEAD:Corefile\n")
    result = lint("--fix", "git:HEAD:Corefile")
    assert (result.exit_code, (folder / "Corefile").read_text()) == (2, SAFE)
    assert "a file of a git revision is not written, use --diff" in result.stderr
    assert "not fixed" in result.stderr


def test_unsafe_fixes_alone_is_a_mistake() -> None:
    result = lint("--unsafe-fixes")
    assert (result.exit_code, "--unsafe-fixes goes with --fix or --diff" in result.output) == (2, True)


def test_mode_and_links_stay(folder: Path) -> None:
    (folder / "real").write_text(SAFE)
    (folder / "real").chmod(0o640)
    (folder / "Corefile").symlink_to("real")
    assert lint("--fix").exit_code == 0
    assert (folder / "Corefile").is_symlink()
    assert (folder / "real").read_text() == MENDED
    assert stat.S_IMODE((folder / "real").stat().st_mode) == 0o640


def test_a_file_that_cannot_be_written_stays_and_the_others_are_mended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.Corefile", "b.Corefile"):
        (folder / name).write_text(SAFE)

    def replace(temporary: str, path: str) -> None:
        if path.endswith("a.Corefile"):
            raise OSError(28, "No space left on device")
        os.rename(temporary, path)

    monkeypatch.setattr("corefile_cli.rewriting.os.replace", replace)
    result = lint("--fix", ".")
    assert result.exit_code == 2
    assert "a.Corefile: cannot be written: no space left on device" in result.stderr
    assert (folder / "a.Corefile").read_text() == SAFE
    assert (folder / "b.Corefile").read_text() == MENDED
    assert sorted(os.listdir(folder)) == ["a.Corefile", "b.Corefile"]


def test_only_regular_files_that_have_not_changed_are_replaced(folder: Path) -> None:
    (folder / "Corefile").write_text(SAFE)
    with pytest.raises(InputFault, match="it has changed in the meantime"):
        replace_file("Corefile", b"x", b"y")
    os.mkfifo(folder / "pipe")
    with pytest.raises(InputFault, match="it is not a regular file"):
        replace_file("pipe", b"x")
    assert (folder / "Corefile").read_text() == SAFE


def test_several_processes_mend_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_cli.lint.WORTHWHILE", 0)
    for number in range(10):
        (folder / f"{number}.Corefile").write_text(SAFE)
    assert lint("--fix", ".", "--jobs", "2").exit_code == 0
    assert {path.read_text() for path in folder.iterdir()} == {MENDED}


def test_suppressions_can_be_turned_off(folder: Path) -> None:
    (folder / "Corefile").write_text(". {\n    hosts\n    whoami # corefile: ignore[CL201]\n}\n")
    assert lint().output == ""
    assert lint("--no-suppressions").stdout.startswith("Corefile:3:5: CL201 ")


def test_the_summary_tells_what_can_be_mended(folder: Path) -> None:
    (folder / "Corefile").write_text(SAFE)
    assert lint("--format", "full").stdout.endswith("1 Corefile: 1 info; --fix mends 1\n")
    (folder / "Corefile").write_text(SAFE + UNSAFE)
    summary = "1 Corefile: 1 warning and 1 info; --fix mends 1, with --unsafe-fixes 2\n"
    assert lint("--format", "full").stdout.endswith(summary)


def test_rules_are_listed_and_explained() -> None:
    listed = CliRunner().invoke(cli, ["rules"])
    assert "CL2xx  a server block" in listed.stdout
    assert "  CL201 warning unreachable-plugin\n" in listed.stdout
    assert "CL201\n" in CliRunner().invoke(cli, ["rules", "--plain"]).stdout.splitlines(keepends=True)
    explained = CliRunner().invoke(cli, ["explain", "cl201"]).stdout
    assert explained.startswith("CL201 unreachable-plugin (warning)\n")
    assert "What it finds" in explained
    assert CliRunner().invoke(cli, ["explain", "unreachable-plugin"]).stdout == explained
