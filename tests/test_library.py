"""What `import corefile` gives."""

from __future__ import annotations

import pytest

import corefile
from corefile.compiler import Options

OLD = ". {\n cache 30\n}\n"
NEW = ". {\n cache 60\n}\n"


def test_all_that_is_promised_is_there() -> None:
    assert all(hasattr(corefile, name) for name in corefile.__all__)


def test_validate() -> None:
    compiled = corefile.validate(". {\n cahce\n}\n", "etc/Corefile")
    assert compiled.verdict == "reject"
    assert [(found.code, found.span.path, found.span.line) for found in compiled.diagnostics] == [
        ("CF201", "etc/Corefile", 2)
    ]


def test_parse() -> None:
    expanded = corefile.parse(b"(s) {\n errors\n}\n{$Z} {\n import s\n}\n", options=Options(env={"Z": "example.org"}))
    (block,) = expanded.blocks
    assert [word.text for word in block.keys] == ["example.org"]
    assert [directive.name for directive in block.directives] == ["errors"]
    assert list(expanded.snippets) == ["s"]


def test_format() -> None:
    assert corefile.format(".{\n}\n. {\ncache   30 # s\n}") == ".{\n}\n. {\n    cache 30 # s\n}\n"


@pytest.mark.parametrize("old", [OLD, OLD.encode(), corefile.validate(OLD).program], ids=["text", "bytes", "program"])
def test_diff(old: str) -> None:
    assert [change.message for change in corefile.diff(old, NEW)] == [
        "`cache` success TTL 30s → 1m",
        "`cache` denial TTL 30s → 1m",
    ]
    assert corefile.diff(old, OLD) == ()


def test_diff_with_a_refused_one() -> None:
    with pytest.raises(ValueError, match=r"new:2: unknown directive 'cahce'"):
        corefile.diff(OLD, ". {\n cahce\n}\n")
