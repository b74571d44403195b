"""Deep nesting without recursion errors.

Go's parsers recurse as deep as a text nests; Python's default stops near a thousand calls. A parser that met that end
is run again with room in proportion to the text; pure Python calls take no C stack (CPython ≥ 3.11).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from corefile.golang.faults import SyntaxFault

_Result = TypeVar("_Result")
_FRAMES_PER_CHARACTER = 12
_MOST_FRAMES = 200_000


def with_room(parse: Callable[[str], _Result], text: str) -> _Result:
    """`parse(text)`; a text that nests deeper than any that Go was seen to take is a SyntaxFault."""
    try:
        return parse(text)
    except RecursionError:
        pass
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(min(_MOST_FRAMES, usual + len(text) * _FRAMES_PER_CHARACTER))
    try:
        return parse(text)
    except RecursionError:
        raise SyntaxFault("the text nests too deeply", 0, len(text)) from None
    finally:
        sys.setrecursionlimit(usual)
