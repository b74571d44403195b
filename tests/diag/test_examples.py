"""The listings of the pages: each *Example* triggers exactly its code, and each *Instead* nothing CoreDNS refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from corefile.compiler import Compiled, Options, compile_corefile
from corefile.diag.codes import CODES, Code
from corefile.diag.page import Listing, read_page
from corefile.ir.source import Source

PAGES = [(code, read_page(code.page)) for code in CODES.values()]


def compile_listing(listing: Listing, folder: Path) -> Compiled:
    """Compile a listing where its files stand beside it."""
    for name, text in {**listing.files, "Corefile": listing.corefile}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    source = Source("Corefile", listing.corefile, base=str(folder / "Corefile"))
    return compile_corefile(source, "Corefile", Options())


@pytest.mark.parametrize(
    ("code", "example"), [(c, p.example) for c, p in PAGES if p.example], ids=[c.number for c, p in PAGES if p.example]
)
def test_example_triggers_its_code(code: Code, example: Listing, tmp_path: Path) -> None:
    compiled = compile_listing(example, tmp_path)
    assert {found.code for found in compiled.diagnostics} == {code.number}
    assert compiled.diagnostics[0].severity == code.severity
    assert (compiled.verdict == "reject") == (code.severity == "error" and code.number != "CF305")


@pytest.mark.parametrize(
    ("code", "instead"), [(c, p.instead) for c, p in PAGES if p.instead], ids=[c.number for c, p in PAGES if p.instead]
)
def test_instead_is_accepted(code: Code, instead: Listing, tmp_path: Path) -> None:
    compiled = compile_listing(instead, tmp_path)
    assert compiled.verdict != "reject"
    assert all(found.code.startswith("CF4") for found in compiled.diagnostics)
    assert code.number not in [found.code for found in compiled.diagnostics]
