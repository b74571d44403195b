"""What arguments mean: folders are searched, nothing comes twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corefile.inputs.search import expand


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "Corefile", "Corefile.dev", "b.Corefile", "a.corefile", "Corefile2", "corefile", "other.conf",
        "sub/Corefile", "sub/deeper/x.corefile", ".git/Corefile", "..data/Corefile",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder(tree: Path) -> None:  # noqa: ARG001
    below = ["Corefile", "Corefile.dev", "a.corefile", "b.Corefile", "sub/Corefile", "sub/deeper/x.corefile"]
    assert list(expand(["."])) == below


def test_order_and_doubles(tree: Path) -> None:
    arguments = ["sub", "b.Corefile", str(tree / "b.Corefile"), "./sub/Corefile", "-", "-", "git:HEAD:Corefile"]
    assert list(expand(arguments)) == [
        "sub/Corefile", "sub/deeper/x.corefile", "b.Corefile", "-", "git:HEAD:Corefile",
    ]  # fmt: skip


def test_what_is_missing_is_left_to_the_reader(tree: Path) -> None:  # noqa: ARG001
    assert list(expand(["missing"])) == ["missing"]


def test_folders_that_contain_themselves(tree: Path) -> None:
    (tree / "sub" / "loop").symlink_to(tree)
    (tree / "sub" / "again").symlink_to(tree / "sub" / "deeper")
    (tree / "sub" / "nowhere").symlink_to(tree / "missing")
    assert list(expand(["sub"])) == [
        "sub/Corefile", "sub/again/x.corefile", "sub/loop/Corefile", "sub/loop/Corefile.dev", "sub/loop/a.corefile",
        "sub/loop/b.Corefile",
    ]  # fmt: skip


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_read(tree: Path) -> None:
    (tree / "sub").chmod(0)
    try:
        assert list(expand(["sub"])) == []
    finally:
        (tree / "sub").chmod(0o755)


def test_no_folder_to_list(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    def refuse(path: str) -> list[str]:
        raise PermissionError(path)

    monkeypatch.setattr(os, "listdir", refuse)
    assert list(expand(["sub"])) == []
