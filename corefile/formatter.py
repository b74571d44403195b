"""Corefiles in their usual form: four blanks for each block, one between words.

Only blanks change: each word keeps its neighbours on its line, and of two lines the higher stays the higher, which is
all that CoreDNS looks at. So the formatted text says what the text said. The one thing that depends on how many lines
lie between two words is a variable whose value has line ends: blank lines behind a line that ends in a variable stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from corefile.ir.source import Source, Word
from corefile.syntax.document import has_variable, read_document
from corefile.syntax.rows import Row

INDENT = "    "
DEEPEST = 50
"""Blocks within blocks that are indented; the file would grow with the square of what is deeper."""


def format_corefile(text: str | Source) -> str:
    """The text in its usual form. Formatting it again changes nothing.

    Any text can be formatted, also one that CoreDNS refuses. A BOM goes; CR goes except in quotes and inside comments.
    Raises `corefile.syntax.lexer.TooLarge`.
    """
    source = text if isinstance(text, Source) else Source("Corefile", text.removeprefix("\ufeff"))
    document = read_document(source)
    found = "\n".join(_lines(_spaced(_joined(document.rows))))
    if found and not document.unclosed:
        found += "\n"
    # A second BOM is a letter for CoreDNS, and must not become the first.
    return "\ufeff" + found if found.startswith("\ufeff") else found


def _joined(rows: tuple[Row, ...]) -> list[Row]:
    """The rows without blank ones in front of, and with `{` behind, the keys to which a `{` on its own row belongs."""
    found: list[Row] = []
    for row in rows:
        if row.movable:
            above = next((at for at in range(len(found) - 1, -1, -1) if not found[at].is_blank), -1)
            if above >= 0 and (joined := _join(found[above], row)) is not None:
                found[above:] = [joined]
                continue
        found.append(row)
    return found


def _join(keys: Row, brace: Row) -> Row | None:
    """Two rows in one; None where a comment is in the way."""
    comments = keys.comments + brace.comments
    if not keys.words or sum(not comment.glued for comment in comments) > 1:
        return None
    return replace(keys, words=keys.words + brace.words, comments=comments, opens=True)


def _spaced(rows: list[Row]) -> Iterator[Row]:
    """One blank row for several, and none at the edges of blocks and of the text."""
    blank, edge, pinned = 0, True, False
    for row in rows:
        if row.is_blank:
            blank += 1
            continue
        if not pinned:
            blank = 0 if edge or row.closes else min(blank, 1)
        for _ in range(blank):
            yield Row()
        yield row
        blank, edge = 0, row.opens
        if row.words:
            pinned = has_variable(row.words[-1])


def _lines(rows: Iterator[Row]) -> Iterator[str]:
    """The rows as text; comments behind words stand in one column where such rows follow one another."""
    run: list[tuple[str, str]] = []
    depth = 0
    for row in rows:
        text = _words(row)
        comment = next((comment.text for comment in row.comments if not comment.glued), "")
        trails = bool(row.words and comment and "\n" not in text)
        if run and not (trails and row.depth == depth):
            yield from _aligned(run)
            run = []
        if trails:
            depth = row.depth
            run.append((text, comment))
        else:
            yield f"{text} {comment}" if row.words and comment else text + comment
    yield from _aligned(run)


def _aligned(run: list[tuple[str, str]]) -> Iterator[str]:
    column = max((len(text) for text, _ in run), default=0)
    for text, comment in run:
        yield f"{text.ljust(column)} {comment}"


def _words(row: Row) -> str:
    """The words of a row behind its indentation, with the comments that are glued to them."""
    glued = {comment.start: comment.text for comment in row.comments if comment.glued}
    indent = "" if row.is_blank else INDENT * min(row.depth, DEEPEST)
    return indent + " ".join(_written(word) + glued.get(word.end, "") for word in row.words)


def _written(word: Word) -> str:
    """A word as it stands; CR is no part of one that is not quoted."""
    raw = word.raw
    return raw if raw.startswith('"') else raw.replace("\r", "")
