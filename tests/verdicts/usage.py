"""Lines that a usage stands for: `cache [TTL] [ZONES...]`, `pods disabled|insecure|verified`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import Literal, NamedTuple

from tests.verdicts.values import value

_PART = re.compile(r"\[|\]|\||\.\.\.|[^\s\[\]|.]+(?:\.(?!\.\.)[^\s\[\]|.]+)*|\s+")


class Part(NamedTuple):
    """A word, or what may be done with several parts: one of them, all or none, once more or not."""

    kind: Literal["word", "one of", "sequence", "option", "repeat"]
    parts: tuple[Part, ...] = ()
    word: str = ""


def words(random: Random, usage: str) -> list[str]:
    """The words of one line of a usage, options taken or left."""
    texts: list[str] = _PART.findall(usage)
    return list(_expand(random, _read(texts)))


def _read(texts: list[str]) -> Part:
    """Alternatives up to a closing bracket; what was read is taken from the texts."""
    alternatives: list[list[Part]] = [[]]
    joins, blank = False, False
    while texts and (text := texts.pop(0)) != "]":
        line = alternatives[-1]
        if text.isspace():
            blank = True
            continue
        if text == "|" and (blank or not line):
            alternatives.append([])
        elif text == "|":
            joins = True
        elif text == "...":
            line.append(Part("repeat", (line[-1],)))
        else:
            part = Part("option", (_read(texts),)) if text == "[" else Part("word", word=text)
            line.append(_either(line.pop(), part) if joins else part)
            joins = False
        blank = False
    sequences = [Part("sequence", tuple(line)) for line in alternatives]
    return sequences[0] if len(sequences) == 1 else Part("one of", tuple(sequences))


def _either(first: Part, second: Part) -> Part:
    return Part("one of", (*(first.parts if first.kind == "one of" else (first,)), second))


def _expand(random: Random, part: Part) -> Iterator[str]:
    if part.kind == "word":
        yield _word(random, part.word)
    for inner in _chosen(random, part):
        yield from _expand(random, inner)


def _chosen(random: Random, part: Part) -> Sequence[Part]:
    match part.kind:
        case "one of":
            return (random.choice(part.parts),)
        case "option":
            return part.parts if random.random() < 0.5 else ()
        case "repeat":
            return part.parts * random.choice((0, 0, 1, 2))
        case _:
            return part.parts


def _word(random: Random, text: str) -> str:
    """A literal of the usage, or an argument for its name in capitals; `@PLUGIN`, `LEAST-MOST` have both."""
    if not text.isupper():
        return text
    return re.sub(r"[A-Z][A-Z0-9_-]*[A-Z0-9]|[A-Z]", lambda found: value(random, found[0]), text)
