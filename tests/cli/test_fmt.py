"""`corefile fmt`: what it writes, what it leaves alone, and how it ends."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from corefile_cli.main import cli

from corefile import reformat

MESSY = ". {\n\twhoami\n\n\n  log   # all\n}"
TIDY = ". {\n    whoami\n\n    log # all\n}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["fmt", *arguments], input=text, catch_exceptions=False)


def test_files_are_written(folder: Path) -> None:
    (folder / "Corefile").write_text(MESSY)
    (folder / "other").write_text(TIDY)
    before = (folder / "other").stat()
    found = run("Corefile", "other")
    assert (found.exit_code, found.stdout, found.stderr) == (0, "", "")
    assert (folder / "Corefile").read_text() == TIDY
    assert (folder / "other").stat().st_mtime_ns == before.st_mtime_ns
    assert sorted(os.listdir(folder)) == ["Corefile", "other"]


def test_without_a_path_it_is_the_corefile(folder: Path) -> None:
    (folder / "Corefile").write_text(MESSY)
    assert run().exit_code == 0
    assert (folder / "Corefile").read_text() == TIDY


def test_folders_are_searched(folder: Path) -> None:
    for name in ("a/Corefile", "a/b/x.corefile", "a/readme.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(MESSY)
    assert run("a").exit_code == 0
    assert [(folder / name).read_text() == TIDY for name in ("a/Corefile", "a/b/x.corefile", "a/readme.md")] == [
        True, True, False
    ]  # fmt: skip


def test_mode_and_links_stay(folder: Path) -> None:
    (folder / "real").write_text(MESSY)
    (folder / "real").chmod(0o640)
    (folder / "sub").mkdir()
    (folder / "sub" / "Corefile").symlink_to("../real")
    assert run("sub/Corefile").exit_code == 0
    assert (folder / "sub" / "Corefile").is_symlink()
    assert (folder / "real").read_text() == TIDY
    assert stat.S_IMODE((folder / "real").stat().st_mode) == 0o640


def test_check(folder: Path) -> None:
    (folder / "a").write_text(MESSY)
    (folder / "b").write_text(TIDY)
    found = run("--check", "a", "b")
    assert (found.exit_code, found.stdout) == (1, "a would change\n")
    assert run("--check", "b").exit_code == 0
    assert (folder / "a").read_text() == MESSY


def test_diff(folder: Path) -> None:
    (folder / "a").write_text(". {\n  log\n}")
    found = run("--diff", "a")
    assert found.exit_code == 0
    assert found.stdout == (
        "--- a\n+++ a\n@@ -1,3 +1,3 @@\n . {\n-  log\n-}\n\\ No newline at end of file\n+    log\n+}\n"
    )
    assert run("--diff", "--check", "a").exit_code == 1
    assert (folder / "a").read_text() == ". {\n  log\n}"


def test_standard_input() -> None:
    found = run("-", text=MESSY)
    assert (found.exit_code, found.stdout) == (0, TIDY)
    found = run("--check", "--stdin-filename", "x/Corefile", "-", text=MESSY)
    assert (found.exit_code, found.stdout) == (1, "x/Corefile would change\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b". {\n log \xff\n}\n", "<stdin>:2:6: byte 0xff is not UTF-8, a formatted file could not keep it"),
        (b"\xef\xbb\xbf# \xe2\x82\n", "<stdin>:1:3: byte 0xe2 is not UTF-8, a formatted file could not keep it"),
        (b"\x7fELF", "-: not a Corefile: it is a program"),
        (b"{\n" * 2000, "-: cannot be read: it has more than 1,000 blocks within one another"),
        (b". {\n log\n", "<stdin>:2:2: not formatted: 'log' is the end of the file, expected a directive or '}'"),
        (
            b". { log }\n\n\n",
            "<stdin>:1:9: not formatted: '}' found on the line of a directive that has opened no block",
        ),
        (b"apiVersion: v1\nkind: ConfigMap\ndata:\n  Corefile: a\n", "-: a Kubernetes manifest is not formatted"),
        (b"apiVersion: v1\nkind: Pod\n", "-: a Kubernetes manifest is not formatted"),
    ],
)
def test_what_cannot_be_formatted(text: bytes, message: str) -> None:
    found = run("-", text=text)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.startswith(message)


def test_the_letter_of_bad_bytes_itself_is_one() -> None:
    assert run("-", text=". { # \ufffd\n}".encode()).stdout == ". { # \ufffd\n}\n"


@pytest.mark.parametrize("text", [". {\n nosuch\n}", "import none", ". {\n forward\n}", ". {\n{$A} {$B}\n}"])
def test_a_corefile_that_is_refused_can_be_formatted(text: str) -> None:
    found = run("-", text=text)
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout


def test_one_bad_file_does_not_keep_others(folder: Path) -> None:
    (folder / "b").write_text(MESSY)
    found = run("a", "b")
    assert found.exit_code == 2
    assert found.stderr == "a: cannot be read: no such file or directory\n"
    assert (folder / "b").read_text() == TIDY


def test_what_would_mean_something_else_is_not_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "Corefile").write_text(MESSY)

    def wrong(_: object) -> str:
        return ". {\n    whoami\n}\n"

    monkeypatch.setattr(reformat, "format_corefile", wrong)
    found = run()
    assert found.exit_code == 2
    assert "internal error" in found.stderr
    assert (folder / "Corefile").read_text() == MESSY


def test_a_file_that_cannot_be_written_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "Corefile").write_text(MESSY)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    found = run()
    assert (found.exit_code, found.stderr) == (2, "Corefile: cannot be written: no space left on device\n")
    assert (folder / "Corefile").read_text() == MESSY
    assert os.listdir(folder) == ["Corefile"]


def test_revisions_are_only_compared(folder: Path) -> None:
    for command in ("init -q", "add .", "-c user.name=a -c user.email=a@example.org commit -qm a"):
        (folder / "Corefile").write_text(MESSY)
        subprocess.run(["git", *command.split()], check=True)
    assert run("--check", "git:HEAD:Corefile").exit_code == 1
    found = run("git:HEAD:Corefile")
    assert (found.exit_code, found.stderr) == (
        2, "git:HEAD:Corefile: a file of a git revision is not written, use --check or --diff\n"
    )  # fmt: skip


def test_variables_and_imports_are_followed(folder: Path) -> None:
    (folder / "keys").write_text("example.org")
    (folder / "Corefile").write_text("import keys\n{\n\tlog {$A}\n\n}\n")
    assert run("--env", "A=x\n").exit_code == 0
    assert (folder / "Corefile").read_text() == "import keys\n{\n    log {$A}\n\n}\n"
