"""Every code has a number, a name, a title and a page, and the pages are what they should be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import corefile.diag
from corefile.diag.codes import CODES, Code
from corefile.diag.page import fences, read_page

PAGES = Path(corefile.diag.__file__).parent / "pages"


def test_a_page_for_each_code_and_no_other() -> None:
    assert sorted(path.stem.upper() for path in PAGES.iterdir()) == sorted(CODES)


def test_numbers_ascend_and_names_differ() -> None:
    assert list(CODES) == sorted(CODES)
    assert len({code.name for code in CODES.values()}) == len(CODES)


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.number)
def test_entry(code: Code) -> None:
    assert re.fullmatch(r"CF[1-4]\d\d", code.number)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code.name)
    assert not code.title.endswith(".")
    assert (code.severity == "warning") == (code.number.startswith("CF4") or code.number == "CF119")


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.number)
def test_page(code: Code) -> None:
    page = read_page(code.page)
    assert len(page.prose) > 60
    assert (page.example is None) == (code.number == "CF116")
    for line in page.prose.splitlines():
        assert len(line) <= 120
    for listing in filter(None, (page.example, page.instead)):
        assert listing.corefile.endswith("\n")
        assert "\t" not in listing.corefile


def test_listings_of_a_page() -> None:
    page = read_page("Prose.\n\n## Example\n\n```corefile\na\n```\n\n## Instead\n\n```corefile file=b\nb\n```\n"
                     "```sh\nc\n```\n```corefile\nimport b\n```\n")  # fmt: skip
    assert page.prose == "Prose."
    assert page.example == ("a\n", {})
    assert page.instead == ("import b\n", {"b": "b\n"})


def test_an_open_fence_is_no_listing() -> None:
    assert fences("```corefile\na\n") == []
