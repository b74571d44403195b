"""Expressions that stand in one or more words of a line, which CoreDNS joins with a blank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from corefile.golang.faults import SyntaxFault
from corefile.ir.source import Word
from corefile.plugins.args import Args

if TYPE_CHECKING:
    from corefile.golang.exprlang import Environment, Program


def joined(words: Sequence[Word]) -> str:
    """The expression's text."""
    return " ".join(word.text for word in words)


def read_expression(args: Args, words: Sequence[Word], environment: Environment) -> Program:
    """An expression in expr-lang's syntax, checked as CoreDNS does."""
    from corefile.golang.exprlang import parse

    text = joined(words)
    if not words:
        args.missing("EXPRESSION")
    try:
        return parse(text, environment)
    except SyntaxFault as fault:
        word, start = _place(words, fault.start)
        end = min(len(word.text), start + max(fault.end - fault.start, 0))
        args.refuse("CF213", f"expression '{text}' is refused: {fault.message}", word, part=(start, end))


def _place(words: Sequence[Word], offset: int) -> tuple[Word, int]:
    """The word in which an offset of the joined text lies, and the offset in it."""
    begin = 0
    for word in words[:-1]:
        if offset <= begin + len(word.text):
            return word, offset - begin
        begin += len(word.text) + 1
    return words[-1], min(offset - begin, len(words[-1].text))
