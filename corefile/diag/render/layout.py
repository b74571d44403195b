"""The layout of a finding for people: lines of styled pieces, which one painter colors and another one joins.

Corefile:7:5: error: plugin 'cache' has no property 'prefech' [CF204]
  |
7 |     prefech 10
  |     ^~~~~~~
  = help: did you mean 'prefetch'?
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from corefile.diag.diagnostic import Diagnostic
from corefile.diag.render.visible import cells, drawn, visible
from corefile.diag.report import Excerpt
from corefile.ir.source import Span

TAB = "    "
HANGING = 4


class Piece(NamedTuple):
    """A piece of a line and what it is: a severity, `place`, `code`, `gutter`, `label`, or empty for plain text."""

    style: str
    text: str


Line = list[Piece]


def lay_out(
    found: Diagnostic, excerpts: Mapping[Span, Excerpt], width: int, extra_notes: tuple[str, ...] = ()
) -> Iterator[Line]:
    """The lines of one finding: what and where, the text with marks, the fix, the reasons, the other places."""
    spans = [found.span, *(related.span for related in found.related)]
    gutter = max(len(str(span.line)) for span in spans if span in excerpts or span is found.span)
    head = [Piece("place", f"{_place(found.span)}:"), Piece(found.severity, f"{found.severity}:")]
    yield from flow([*head, *_words(found.message), Piece("code", f"[{found.code}]")], width, HANGING)
    if found.span in excerpts:
        yield [Piece("gutter", " " * (gutter + 1) + "|")]
        yield from _excerpt(found.span, excerpts[found.span], gutter, width, found.severity)
    if found.help:
        yield from _remark(gutter, width, "help:", found.help)
    for note in (*found.notes, *extra_notes):
        yield from _remark(gutter, width, "note:", note)
    for related in found.related:
        yield from _remark(gutter, width, f"{_place(related.span)}:", related.message)
        if related.span in excerpts:
            yield from _excerpt(related.span, excerpts[related.span], gutter, width, "gutter")
    for site in found.span.imports:
        yield from _remark(gutter, width, f"{visible(site.path)}:{site.line}:{site.column}:", "imported here")


def _place(span: Span) -> str:
    return f"{visible(span.path)}:{span.line}:{span.column}"


def _words(text: str) -> list[Piece]:
    return [Piece("", word) for word in visible(text.strip()).split(" ")]


def _remark(gutter: int, width: int, label: str, text: str) -> Iterator[Line]:
    margin = Piece("gutter", " " * (gutter + 1) + "=")
    yield from flow([margin, Piece("label", label), *_words(text)], width, gutter + 3 + len("help: "))


def flow(words: list[Piece], width: int, indent: int) -> Iterator[Line]:
    """Words with blanks between, broken where the line is full."""
    line: Line = []
    used = 0
    for word in words:
        size = cells(word.text)
        if line and used + 1 + size > width and used > indent:
            yield line
            line, used = [Piece("", " " * indent), word], indent + size
        elif line:
            line += [Piece("", " "), word]
            used += 1 + size
        else:
            line, used = [word], size
    yield line


def _excerpt(span: Span, excerpt: Excerpt, gutter: int, width: int, style: str) -> Iterator[Line]:
    """The line and the marks below; of a line that is too long the part around the marks."""
    text, start, end = _crop(span, excerpt, width - gutter - 3)
    before, marked = (part.replace("\t", TAB) for part in (text[:start], text[start:end]))
    number = str(span.line).rjust(gutter)
    shown = text.replace("\t", TAB).rstrip()
    yield [Piece("gutter", f"{number} |"), Piece("", f" {shown}" if shown else "")]
    marks = "^" + "~" * (cells(marked) - 1)
    yield [Piece("gutter", " " * (gutter + 1) + "|"), Piece("", " " * (cells(before) + 1)), Piece(style, marks)]


def _crop(span: Span, excerpt: Excerpt, room: int) -> tuple[str, int, int]:
    """The part of the line that is shown, and from where to where in it the marks go."""
    text = drawn(excerpt.text)
    start = max(0, min(span.column - excerpt.column, len(text)))
    end = span.end_column - excerpt.column if span.end_line == span.line else len(text)
    end = max(start, min(end, len(text.rstrip())))
    cut = excerpt.column > 1
    if cut or cells(text.replace("\t", TAB)) > room:
        first = max(0, start - room // 3)
        first = 0 if first == 0 and not cut else first + 1
        text, start, end = ("…" if first or cut else "") + text[first:], start - first, end - first
        start, end = (start + 1, end + 1) if first or cut else (start, end)
        text = _fit(text, room)
        end = min(end, len(text))
    return text, start, end


def _fit(text: str, room: int) -> str:
    """The beginning of a text that has room, with an ellipsis where something is left out."""
    used = 0
    for i, character in enumerate(text):
        size = len(TAB) if character == "\t" else cells(character)
        if used + size > room:
            return text[: max(i - 1, 1)] + "…"
        used += size
    return text
