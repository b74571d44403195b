"""Edits that rules are made of: they keep comments, and leave the layout as `fmt` would have it.

A word that was written otherwise than it reads (a variable, an argument of a snippet) is not edited: then there is no
fix, and the functions give none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corefile.diag.diagnostic import Edit, Fix
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.plugins.uses import Use

_REST = re.compile(r"[ \t]*(#[^\n]*)?\r?(\n|\Z)")


def fix(edits: Sequence[Edit | None], *, safe: bool = True) -> Fix | None:
    """A fix of all the edits; None where one of them, or all, are none."""
    found = [edit for edit in edits if edit is not None]
    return Fix(tuple(found), safe) if found and len(found) == len(edits) else None


def replace_word(word: Word, text: str) -> Edit | None:
    """Another word in its place."""
    return _edit(word, word.start, _end(word), text) if _is_plain(word) else None


def delete_line(use: Use[Config], word: Word) -> Edit | None:
    """Take a property with its arguments out of a plugin's block, the braces too if nothing else is in them.

    None where other words share its line, or it opens a block of its own.
    """
    words = [word, *_behind(use, word)]
    source, text = word.source, word.source.text
    if any(other.source is not source or not _is_plain(other) for other in words) or words[-1].text == "{":
        return None
    start, end = text.rfind("\n", 0, word.start) + 1, _end(words[-1])
    rest = _REST.match(text, end)
    if text[start : word.start].strip() or rest is None:
        return None
    if rest[1]:
        return _edit(word, word.start, rest.start(1), "")
    return _edit(word, *(_braces_around(use, words) or (start, rest.end())), "")


def add_property(use: Use[Config], line: str) -> Edit | None:
    """Write a property at the end of a plugin's block, which is made if there is none.

    None where the use does not stand in one text, or its braces are not laid out one line for each property.
    """
    words = use.words
    first, last = words[0], words[-1]
    source, text = first.source, first.source.text
    start = text.rfind("\n", 0, first.start) + 1
    indent = text[start : first.start]
    if any(word.source is not source for word in words) or indent.strip():
        return None
    newline = "\r\n" if "\r\n" in text else "\n"
    line = f"{indent}{chr(9) if indent.endswith(chr(9)) else '    '}{line}{newline}"
    if last.text == "}" and "{" in [word.text for word in words]:
        begin = text.rfind("\n", 0, last.start) + 1
        return None if text[begin : last.start].strip() else _edit(last, begin, begin, line)
    if any(word.line != first.line for word in words) or _REST.match(text, _end(last)) is None:
        return None
    return _edit(last, _end(last), _end(last), f" {{{newline}{line}{indent}}}")


def _edit(word: Word, start: int, end: int, text: str) -> Edit:
    """An edit in the text of a word, which came the way that the word came."""
    return Edit(word.source.span(start, end, word.imports), text)


def _end(word: Word) -> int:
    """Where a word ends: a CR before the line end is a letter of it for the lexer, and none for CoreDNS."""
    return word.start + len(word.raw.rstrip("\r"))


def _is_plain(word: Word) -> bool:
    """Whether a word is written as it reads."""
    return word.raw.rstrip("\r") == word.text


def _behind(use: Use[Config], word: Word) -> Sequence[Word]:
    """The words behind another one on its line."""
    words = use.words
    at = next(i for i, other in enumerate(words) if other is word)
    end = at + 1
    while end < len(words) and words[end].line == word.line and words[end].source is word.source:
        end += 1
    return words[at + 1 : end]


def _braces_around(use: Use[Config], line: Sequence[Word]) -> tuple[int, int] | None:
    """From behind the plugin's own line to the closing brace, if there is only this line between the braces."""
    words = use.words
    at = next(i for i, other in enumerate(words) if other is line[0])
    last = at + len(line)
    if at < 2 or last >= len(words) or words[at - 1].text != "{" or words[last].text != "}":
        return None
    before, opening, closing = words[at - 2], words[at - 1], words[last]
    source, text = line[0].source, line[0].source.text
    if any(word.source is not source for word in (before, opening, closing)):
        return None
    between = text[_end(opening) : line[0].start] + text[_end(line[-1]) : closing.start]
    return None if between.strip() else (_end(before), _end(closing))
