"""Every Corefile of the documentation is compiled: verdict and findings are those that stand behind its fence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corefile.compiler import Compiled, Options, compile_corefile
from corefile.diag.codes import CODES
from corefile.ir.source import Word
from tests.docs.listings import Listing, of_language, pages, write_files

COREFILES = of_language("corefile")

VERDICTS = {"accept", "reject", "environment"}

VIEWS = {"words", "serves"}


def compiled(listing: Listing, folder: Path) -> Compiled:
    write_files(listing, folder)
    return compile_corefile(listing.text, str(folder / (listing.name or "Corefile")), Options(env=listing.env))


def plain(word: Word) -> str:
    """A word as people read it, in quotes where it could be mistaken."""
    text = word.text
    return text if text and text.isprintable() and not set(text) & {" ", '"'} else json.dumps(text, ensure_ascii=False)


def words(found: Compiled) -> str:
    """The blocks after imports and variables: keys, and under them the words of each plugin."""
    lines: list[str] = []
    for block in found.expanded.blocks:
        lines.append(" ".join(map(plain, block.keys)) or "(no keys)")
        lines += ["    " + " ".join(map(plain, given)) for given in block.words_by_name().values()]
    return "".join(line + "\n" for line in lines)


def serves(found: Compiled) -> str:
    """The keys of each block, as CoreDNS normalises them."""
    return "".join(f"{key}\n" for block in found.program.blocks for key in block.keys)


def test_there_are_corefiles_to_try() -> None:
    assert len(COREFILES) > 80


@pytest.mark.parametrize("listing", COREFILES, ids=str)
def test_a_corefile_is_what_the_page_says(listing: Listing, tmp_path: Path) -> None:
    found = compiled(listing, tmp_path)
    if not listing.expectation:
        assert listing.name is not None, "say behind the fence: accept, reject CF…, environment CF… or file=…"
        return
    verdict, *codes = listing.expectation
    assert verdict in VERDICTS
    assert set(codes) <= set(CODES)
    assert (found.verdict, sorted({d.code for d in found.diagnostics})) == (verdict, sorted(codes)), found.diagnostics


@pytest.mark.parametrize("listing", [listing for listing in COREFILES if listing.shows], ids=str)
def test_what_comes_of_a_corefile_is_shown(listing: Listing, tmp_path: Path) -> None:
    assert listing.shows is not None
    (view,) = listing.shows.expectation
    assert view in VIEWS
    found = compiled(listing, tmp_path)
    assert (words(found) if view == "words" else serves(found)) == listing.shows.text


@pytest.mark.parametrize("page", pages())
def test_listings_say_what_they_are(page: str) -> None:
    from tests.docs.listings import listings

    known = {"corefile", "console", "python", "sh", "text", "yaml", "toml", "json", "ini", "dockerfile"}
    assert [str(listing) for listing in listings(page) if listing.language not in known] == []
