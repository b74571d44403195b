"""Whatever is read, diagnostics come of it, never an exception, and in bounded time."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corefile.compiler import Compiled, Options, compile_corefile
from corefile.formatter import format_corefile
from corefile.ir.source import Span
from corefile.syntax.imports import SIZE_LIMIT
from corefile.syntax.lexer import TooLarge
from tests.corefiles import corefile_texts


def compiled(text: str | bytes) -> Compiled:
    files = {"/etc/coredns/x": b"x {\n", "/etc/coredns/y": b"log\n"}
    return compile_corefile(
        text, "/etc/coredns/Corefile", Options(read_import=files.get, list_imports=lambda: list(files))
    )


@settings(max_examples=300, deadline=None)
@given(corefile_texts() | st.binary(max_size=60))
def test_any_text(text: str | bytes) -> None:
    found = compiled(text)
    assert (found.refusal is not None) is (found.verdict == "reject")
    lines = (text if isinstance(text, str) else text.decode("utf-8", "replace")).count("\n") + 1
    for diagnostic in found.diagnostics:
        assert isinstance(diagnostic.span, Span)
        assert diagnostic.span.path.startswith("/etc/coredns/")
        if diagnostic.span.path == "/etc/coredns/Corefile":
            assert 1 <= diagnostic.span.line <= diagnostic.span.end_line <= lines
            assert diagnostic.span.column >= 1
        assert diagnostic.message


HUGE = {
    "opening braces": ". {\nlog " + "{ " * 300_000,
    "opening braces on lines": "{\n" * 300_000,
    "closing braces": "}\n" * 100_000,
    "empty blocks": "{ }\n" * 50_000,
    "nested blocks": ". {\nlog " + "{\n" * 900 + "}\n" * 900 + "}\n",
    "deep blocks": ". {\nlog " + "{\n" * 100_000 + "}\n" * 100_000 + "}\n",
    "quotes": '"' * 300_000,
    "unclosed quotes": '"a ' * 50_000,
    "keys": "a " * 50_000 + "{\n}\n",
    "words": ". {\nlog " + "a " * 300_000 + "\n}\n",
    "unknown properties": ". {\ncache {\n" + "x\n" * 50_000 + "}\n}\n",
    "repeated plugins": ". {\n" + "cache {\n}\n" * 20_000 + "}\n",
    "blanks": " " * 3_000_000 + "#" + " " * 3_000_000 + "x",
    "carriage returns": "\r" * 3_000_000,
    "blank lines": "\n" * 300_000,
    "a snippet that imports itself": "(a) {\nimport a\n}\n. {\nimport a\n}\n",
    "snippets in a circle": "(a) {\nimport b\nimport b\nlog\n}\n(b) {\nimport a\n}\n. {\nimport a\n}\n",
    "snippets that multiply": "(a) {\n" + "log\n" * 1000 + "}\n. {\n" + "import a\n" * 200 + "}\n",
}


@pytest.mark.parametrize("name", HUGE)
def test_huge_texts_take_linear_time(name: str) -> None:
    start = time.process_time()
    compiled(HUGE[name])
    try:
        format_corefile(HUGE[name])
    except TooLarge:
        pass
    assert time.process_time() - start < 20  # about 1 s; hours if it grew with the square


def test_more_than_the_limit() -> None:
    start = time.process_time()
    found = compiled("{\n" * ((SIZE_LIMIT >> 1) + 1))
    assert found.verdict == "reject"
    assert [diagnostic.code for diagnostic in found.diagnostics] == ["CF116"]
    assert time.process_time() - start < 5


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def codes(text: str) -> list[str]:
    return [found.code for found in compile_corefile(text, "Corefile").diagnostics]


def test_a_file_that_imports_itself_ends(folder: Path) -> None:
    (folder / "Corefile").write_text(". {\n import Corefile\n}\n")
    (folder / "a.conf").write_text("import a.conf\n")
    assert codes(". {\n import a.conf\n}\n") == ["CF108"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4 << 20  # KiB


def test_what_is_no_file_is_not_opened(folder: Path) -> None:
    os.mkfifo(folder / "fifo")
    (folder / "sub").mkdir()
    for name in ("fifo", "sub", "/dev/zero", "/dev/tty"):
        assert codes(f". {{\n import {name}\n}}\n") in (["CF115"], ["CF112"])


@pytest.mark.parametrize("plugin", ["file {}", "hosts {}", "tls {} {}"])
def test_check_files_opens_no_pipe(plugin: str, folder: Path) -> None:
    os.mkfifo(folder / "fifo")
    text = f". {{\n {plugin.replace('{}', 'fifo')}\n}}\n"
    found = compile_corefile(text, "Corefile", Options(check_files=True))
    assert found.verdict in ("accept", "environment", "reject")


def test_files_that_import_one_another_in_a_circle_end_soon(folder: Path) -> None:
    (folder / "a1").write_text("import a*\n")
    (folder / "b1").write_text("import b2\n")
    (folder / "b2").write_text("import b1\n")
    for name in ("a1", "b1"):
        compiled = compile_corefile(f"import {name}\n", "Corefile")
        assert [found.code for found in compiled.diagnostics] == ["CF108"]
        assert "in a circle" in compiled.diagnostics[0].message
        assert len(compiled.diagnostics[0].span.imports) <= 20


def test_a_file_that_is_imported_in_many_places_and_deep_is_no_circle(folder: Path) -> None:
    for depth in range(30):
        (folder / f"d{depth}").write_text(f"import d{depth + 1}\nimport leaf\n" if depth < 29 else "import leaf\n")
    (folder / "leaf").write_text("# nothing\n")
    assert codes(". {\n import d0\n whoami\n}\n") == []


def test_what_looks_like_a_file_and_would_wait_is_not_waited_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As /proc/kmsg, which is a regular file by its mode."""
    os.mkfifo(folder / "fifo")
    writer = os.open(folder / "fifo", os.O_RDWR)  # there is a writer: reading would wait
    real = os.stat(__file__)
    with monkeypatch.context() as patched:

        def stat(_path: str) -> os.stat_result:
            return real

        patched.setattr("corefile.syntax.imports.os.stat", stat)
        assert codes("import fifo\n") == ["CF115"]
    os.close(writer)
