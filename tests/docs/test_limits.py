"""The limits that `docs/differences.md` names are those of the code."""

from __future__ import annotations

import re

from corefile.syntax.imports import SIZE_LIMIT
from corefile.syntax.lexer import TOKEN_LIMIT
from corefile.syntax.reader import FILE_LIMIT, SNIPPET_LIMIT, WORD_LIMIT
from tests.docs.listings import ROOT


def test_limits_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    named = re.findall(r"^  \| .* \| ([^a-z]\d*[\d ]*)(.*) \|$", text, re.MULTILINE)
    assert [(number.strip(), rest) for number, rest in named] == [
        (f"{SIZE_LIMIT >> 20}", "MiB"),
        (f"{TOKEN_LIMIT // 1_000_000}", "million"),
        (f"{WORD_LIMIT // 1_000_000}", "million"),
        (f"{SNIPPET_LIMIT // 1000} 000", f"and {FILE_LIMIT // 1000} 000, as in CoreDNS"),
    ]
