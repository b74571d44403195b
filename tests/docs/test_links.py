"""Links and references lead somewhere: between pages, to headings, and from the code to the pages."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.docs.listings import ROOT, pages

LINK = re.compile(r"\]\(([^)\s]+)\)")
REFERENCE = re.compile(r"`(docs/[\w.-]+\.md)`(?:, \*([^*]+)\*)?")


@cache
def prose(page: str) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)


def headings(page: str) -> list[str]:
    return re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)


def anchor(heading: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", pages())
def test_links_lead_somewhere(page: str) -> None:
    wrong: list[str] = []
    for link in LINK.findall(prose(page)):
        if "://" in link:
            continue
        path, _, fragment = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists():
            wrong.append(link)
        elif fragment:
            name = str(target.resolve().relative_to(ROOT))
            wrong += [link] * (fragment not in map(anchor, headings(name)))
    assert wrong == []


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    there = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert there - set(LINK.findall(index)) == set()


def test_references_in_the_code_name_pages_and_sections_that_exist() -> None:
    wrong: list[str] = []
    for package in ("corefile", "grammar", "runtime", "cli"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for page, section in REFERENCE.findall(path.read_text(encoding="utf-8")):
                if not (ROOT / page).exists() or (section and section not in headings(page)):
                    wrong.append(f"{path.relative_to(ROOT)}: {page} {section}")
    assert wrong == []
