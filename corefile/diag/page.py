"""The page of a code or rule: Markdown with an *Example* that triggers it and what to write *Instead*.

Listings are fenced as `corefile`. One with `file=NAME` after that word is no Corefile but a file that stands beside it,
so that pages can show imports and tests can run every one.
"""

from __future__ import annotations

from typing import NamedTuple

FENCE = "```"


class Listing(NamedTuple):
    """A Corefile of a page, and the files that stand beside it, by name."""

    corefile: str
    files: dict[str, str]


class Page(NamedTuple):
    """A page in its parts. A code that no text can trigger has no example, one that needs no cure no `instead`."""

    prose: str
    example: Listing | None
    instead: Listing | None


def read_page(text: str) -> Page:
    """Take a page apart."""
    prose, *sections = ("\n" + text).split("\n## ")
    found: dict[str, Listing | None] = {}
    for section in sections:
        heading, _, body = section.partition("\n")
        found[heading.strip()] = _listing(body)
    return Page(prose.strip(), found.get("Example"), found.get("Instead"))


def _listing(body: str) -> Listing | None:
    corefile: str | None = None
    files: dict[str, str] = {}
    for info, listing in fences(body):
        words = info.split()
        name = next((word.removeprefix("file=") for word in words if word.startswith("file=")), None)
        if words[:1] != ["corefile"]:
            continue
        if name is None:
            corefile = listing
        else:
            files[name] = listing
    return None if corefile is None else Listing(corefile, files)


def fences(text: str) -> list[tuple[str, str]]:
    """The fenced listings of a Markdown text: what stands behind the fence, and the lines inside."""
    found: list[tuple[str, str]] = []
    info: str | None = None
    lines: list[str] = []
    for line in text.splitlines(keepends=True):
        if not line.startswith(FENCE):
            lines.append(line)
        elif info is None:
            info, lines = line[len(FENCE) :].strip(), []
        else:
            found.append((info, "".join(lines)))
            info = None
    return found
