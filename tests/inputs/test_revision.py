"""Corefiles of a git revision, and what they import there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from corefile.compiler import Options
from corefile.inputs import InputFault, compile_input
from corefile.inputs.load import load


def git(*arguments: str, cwd: Path) -> None:
    name = ["-c", "user.name=tests", "-c", "user.email=tests@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *name, *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "conf" / "d").mkdir(parents=True)
    (tmp_path / "conf" / "Corefile").write_text(". {\n    import d/*.conf\n    import ../common\n}\n")
    (tmp_path / "conf" / "d" / "a.conf").write_text("whoami\n")
    (tmp_path / "common").symlink_to("conf/d/log.txt")
    (tmp_path / "conf" / "d" / "log.txt").write_text("log\n")
    (tmp_path / "around").symlink_to("around")
    git("init", "-q", cwd=tmp_path)
    git("add", "-A", cwd=tmp_path)
    git("commit", "-qm", "first", cwd=tmp_path)
    git("tag", "v1", cwd=tmp_path)
    (tmp_path / "conf" / "Corefile").write_text("changed")
    (tmp_path / "conf" / "d" / "a.conf").unlink()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plugins(argument: str) -> list[str]:
    (given,) = load(argument)
    compiled = compile_input(given, Options())
    assert compiled.verdict == "accept", compiled.diagnostics
    assert compiled.path == argument
    return [use.name for block in compiled.program.blocks for use in block.plugins]


def test_imports_are_read_from_the_revision(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugins("git:v1:conf/Corefile") == ["log", "whoami"]
    monkeypatch.chdir(repository / "conf")
    assert plugins("git:HEAD:Corefile") == ["log", "whoami"]
    assert plugins("git:HEAD~0:../conf/Corefile") == ["log", "whoami"]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("git:v1", "not of the form"),
        ("git::Corefile", "not of the form"),
        ("git:v2:conf/Corefile", "no revision 'v2'"),
        ("git:--help:conf/Corefile", "no revision '--help'"),
        ("git:v1:missing", "no file 'missing' in revision 'v1'"),
        ("git:v1:conf", "no file 'conf'"),
        ("git:v1:around", "no file 'around'"),
        ("git:v1:../outside", "no file"),
    ],
)
def test_what_is_not_there(repository: Path, argument: str, message: str) -> None:  # noqa: ARG001
    with pytest.raises(InputFault, match=message):
        load(argument)


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(InputFault, match="not a git repository"):
        load("git:HEAD:Corefile")


def test_without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputFault, match="git is not installed"):
        load("git:HEAD:Corefile")
