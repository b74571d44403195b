"""What `import` finds and reads, and what it refuses to open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corefile.syntax import imports, lexer
from corefile.syntax.imports import Importer, ImportFault


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a.conf", "b.conf", ".hidden.conf", "sub/c.conf", "sub/deep/d.conf", "odd*name", "a[b"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


def found(tree: Path, pattern: str) -> list[str]:
    base = str(tree / "Corefile")
    return [os.path.relpath(path, tree) for path in Importer().find(pattern, base)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a.conf", ["a.conf"]),
        ("./sub/../a.conf", ["a.conf"]),
        ("sub", ["sub"]),
        ("*.conf", [".hidden.conf", "a.conf", "b.conf"]),
        ("?.conf", ["a.conf", "b.conf"]),
        ("*/c.conf", ["sub/c.conf"]),
        ("sub/*/d.conf", ["sub/deep/d.conf"]),
        ("odd\\*name", ["odd*name"]),
        ("\\a.conf", ["a.conf"]),
        ("none*", []),
        ("no/such/*", []),
        ("none]", []),
    ],
)
def test_find(tree: Path, pattern: str, expected: list[str]) -> None:
    assert found(tree, pattern) == expected


def test_find_an_absolute_path(tree: Path) -> None:
    assert found(tree, str(tree / "a.conf")) == ["a.conf"]
    assert found(tree, f"{tree}/sub/*") == ["sub/c.conf", "sub/deep"]


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("none.conf", "CF112"),
        ("none\\x", "CF112"),
        ("a*b*", "CF113"),
        ("a??", "CF113"),
        ("[ab].conf", "CF113"),
        ("a[b", "CF114"),
        ("a\\", "CF114"),
    ],
)
def test_patterns_that_are_refused(tree: Path, pattern: str, code: str) -> None:
    with pytest.raises(ImportFault) as fault:
        found(tree, pattern)
    assert fault.value.code == code


def read(path: str | Path, importer: Importer | None = None) -> list[str]:
    return [word.text for word in (importer or Importer()).words(str(path), str(path), ())]


def test_words_know_their_file(tree: Path) -> None:
    importer = Importer()
    (word,) = importer.words(str(tree / "a.conf"), "a.conf", ())
    assert (word.source.file, word.source.path) == (str(tree / "a.conf"), "a.conf")
    assert list(importer.sources) == ["a.conf"]


def test_a_bom_is_dropped_of_each_file(tmp_path: Path) -> None:
    (tmp_path / "bom").write_bytes(b"\xef\xbb\xbflog")
    assert read(tmp_path / "bom") == ["log"]


def test_a_file_is_read_once(tree: Path) -> None:
    importer = Importer()
    assert read(tree / "a.conf", importer) == ["a.conf"]
    (tree / "a.conf").write_text("changed", encoding="utf-8")
    assert read(tree / "a.conf", importer) == ["a.conf"]


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path, reason in (
        (tmp_path / "fifo", "not a regular file"),
        ("/dev/zero", "not a regular file"),
        (tmp_path, ""),
    ):
        with pytest.raises(ImportFault, match=reason or "directory") as fault:
            read(path)
        assert fault.value.code == "CF115"


def test_dev_null_is_empty() -> None:
    assert read("/dev/null") == []


@pytest.mark.parametrize("path", ["/no/such/file", "/etc/hosts/x", "a\x00b"])
def test_what_cannot_be_opened(path: str) -> None:
    with pytest.raises(ImportFault, match="cannot be imported") as fault:
        read(path)
    assert fault.value.code == "CF115"


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "large").write_text("a b c d", encoding="utf-8")
    monkeypatch.setattr(lexer, "TOKEN_LIMIT", 3)
    with pytest.raises(ImportFault, match="words and lines"):
        read(tmp_path / "large")
    monkeypatch.setattr(imports, "SIZE_LIMIT", 3)
    with pytest.raises(ImportFault, match="it has more than"):
        read(tmp_path / "large", Importer())


def test_a_root_confines(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "x.conf"
    outside.write_text("x", encoding="utf-8")
    (tree / "link.conf").symlink_to(outside)
    importer = Importer(str(tree))
    assert read(tree / "a.conf", importer) == ["a.conf"]
    for path in (outside, tree / "link.conf", f"{tree}/../{outside.parent.name}/x.conf"):
        with pytest.raises(ImportFault, match="outside of the folder"):
            read(path, importer)


def test_what_is_not_on_disk() -> None:
    texts = {"/etc/coredns/a.conf": b"log", "/etc/coredns/b.conf": b"errors"}
    importer = Importer("", texts.get, lambda: list(texts))
    assert importer.find("*.conf", "/etc/coredns/Corefile") == sorted(texts)
    assert importer.find("b.conf", "/etc/coredns/Corefile") == ["/etc/coredns/b.conf"]
    assert read("/etc/coredns/a.conf", importer) == ["log"]
    assert read("/etc/coredns/gone.conf", importer) == []
    with pytest.raises(ImportFault, match="not found"):
        importer.find("c.conf", "/etc/coredns/Corefile")
