"""Markdown on a terminal: the little of it that our pages use. Listings are indented, paragraphs fill the width."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from corefile.diag.page import FENCE
from corefile.diag.render.layout import Line, Piece

INDENT = "    "


def view(markdown: str, width: int) -> Iterator[Line]:
    """The lines of a page."""
    paragraph: list[str] = []
    listing = False
    for line in [*markdown.splitlines(), ""]:
        fence = line.startswith(FENCE)
        if listing and not fence:
            yield [Piece("", (INDENT + line).rstrip())]
            continue
        if paragraph and (fence or not line or line.startswith(("- ", "#"))):
            yield from _paragraph(paragraph, width)
            paragraph = []
        if fence:
            listing = not listing
            if listing:
                yield from _beside(line)
        elif line.startswith("#"):
            yield [Piece("heading", line.lstrip("# "))]
        elif line:
            paragraph.append(line)
        else:
            yield [Piece("", "")]


def _beside(fence: str) -> Iterator[Line]:
    """The name of the file that a listing shows, if it is not the Corefile."""
    name = next((word.removeprefix("file=") for word in fence.split() if word.startswith("file=")), "")
    if name:
        yield [Piece("label", f"{name}:")]


def _paragraph(lines: list[str], width: int) -> Iterator[Line]:
    hanging = "  " if lines[0].startswith("- ") else ""
    text = " ".join(line.strip() for line in lines)
    for line in textwrap.wrap(text, width, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False):
        yield [Piece("", line)]
