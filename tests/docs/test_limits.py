"""The limits that `docs/differences.md` names are those of the code."""

from __future__ import annotations

import re

from corefile.diag.diagnostic import MOST
from corefile.syntax.imports import SIZE_LIMIT
from corefile.syntax.lexer import TOKEN_LIMIT
from corefile.syntax.splicer import FILE_LIMIT, SNIPPET_LIMIT, WORD_LIMIT
from corefile.syntax.walk import DEPTH_LIMIT
from tests.docs.listings import ROOT


def test_limits_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    named = re.findall(r"^  \| .* \| (\d.*) \|$", text, re.MULTILINE)
    counted = [TOKEN_LIMIT, WORD_LIMIT, DEPTH_LIMIT, MOST, SNIPPET_LIMIT, FILE_LIMIT]
    assert named == [f"{SIZE_LIMIT >> 20} MiB", *(f"{limit:,}" for limit in counted)]
