"""The one way in: its options, and what it gives for anything."""

from __future__ import annotations

from pathlib import Path

import pytest

import corefile
from corefile import compiler
from corefile.compiler import Options, compile_corefile
from corefile.ir.source import Source


def zones(text: str, options: Options) -> list[str]:
    return [str(key) for block in compile_corefile(text, options=options).program.blocks for key in block.keys]


def test_what_is_served_of_nothing() -> None:
    for text in ("", "# a\n", "(a) {\n}\n", "{\n log\n}\n"):
        (block,) = compile_corefile(text).program.blocks
        assert [str(key) for key in block.keys] == ["dns://.:53"]
        assert [use.name for use in block.plugins] == ["log", "whoami"]


def test_default_port() -> None:
    assert zones("a tls://b c:54 {\n}\n", Options(default_port="1053")) == [
        "dns://a.:1053",
        "tls://b.:853",
        "dns://c.:54",
    ]
    assert zones("", Options(default_port="1053")) == ["dns://.:1053"]


def test_text_bytes_and_sources_are_taken() -> None:
    for text in (". {\n}", b"\xef\xbb\xbf. {\n}", "\ufeff. {\n}", Source("Corefile", ". {\n}")):
        assert compile_corefile(text).verdict == "accept"


def test_extensions_and_external_plugins() -> None:
    text = ". {\n emptyendpoints a\n demo\n}\n"
    assert [found.code for found in compile_corefile(text).diagnostics] == ["CF201", "CF201"]
    options = Options(extensions=True, external_plugins=frozenset({"demo"}))
    assert compile_corefile(text, options=options).verdict == "accept"


def test_the_verdicts() -> None:
    assert compile_corefile(". {\n}").verdict == "accept"
    assert compile_corefile(". {\n x\n}").verdict == "reject"
    assert compile_corefile("tls://. {\n tls a b\n}\n").verdict == "environment"


def test_diagnostics_are_in_the_order_of_the_text() -> None:
    compiled = compile_corefile("a..b {\n whoami x\n}\na..c {\n x\n}\n")
    assert [found.span.line for found in compiled.diagnostics] == [1, 2, 4, 5]
    assert compiled.refusal == 3


def test_imports_are_confined(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("log\n")
    (tmp_path / "sub").mkdir()
    text, path = ". {\n import ../a\n}\n", str(tmp_path / "sub" / "Corefile")
    assert compile_corefile(text, path).verdict == "accept"
    compiled = compile_corefile(text, path, Options(import_root=str(tmp_path / "sub")))
    assert [found.code for found in compiled.diagnostics] == ["CF115"]


def test_every_text_is_kept_for_excerpts(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("nosuch\n")
    compiled = compile_corefile(". {\n import a\n}\n", str(tmp_path / "Corefile"))
    (found,) = compiled.diagnostics
    assert compiled.sources[found.span.path].excerpt(found.span.line) == "nosuch"


def test_a_text_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "SIZE_LIMIT", 10)
    compiled = compile_corefile("# 3456789ab")
    assert compiled.verdict == "reject"
    assert [found.code for found in compiled.diagnostics] == ["CF116"]
    assert compiled.refusal == 0


def test_the_package_itself() -> None:
    assert corefile.format(".  {\n}") == ". {\n}\n"
    assert corefile.validate(".  {\n}").verdict == "accept"
    assert corefile.parse("a {\n log\n}\n").blocks[0].directives[0].name == "log"
