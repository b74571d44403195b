"""Go's regular expressions (`regexp.Compile`: RE2 syntax with Perl flags).

`check_regexp` judges a pattern without compiling it, as Go 1.26 would; `compile_regexp` gives a matcher with Go's
leftmost-first semantics, in time linear in the text, by way of google-re2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from corefile.golang.faults import SyntaxFault

_SIMPLE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:;,/@!\"#%&'<=>~` .^$")


def check_regexp(pattern: str) -> SyntaxFault | None:
    """The reason and place why Go would refuse the pattern, or None if it takes it."""
    if _SIMPLE.issuperset(pattern):
        return None
    try:
        group_names(pattern)
    except SyntaxFault as fault:
        return fault
    return None


def group_names(pattern: str) -> tuple[str, ...]:
    """The name of each group by its number, `""` for one without; number 0 is the whole match. Raises SyntaxFault."""
    from corefile.golang.regexp_parser import Parser

    parser = Parser(pattern)
    parser.parse()
    return tuple(parser.names)


def count_groups(pattern: str) -> int:
    """How many capturing groups the pattern has: the highest `{n}` or `$n` that refers to one. Raises SyntaxFault."""
    return len(group_names(pattern)) - 1


class Regexp:
    """A compiled pattern.

    `matches(text)` says whether the pattern occurs in the text; `find(text)` gives the leftmost occurrence, the whole
    first, then each group ("" for one that took no part), or None.
    """

    __slots__ = ("find", "matches", "names", "pattern")

    find: Final[Callable[[str], tuple[str, ...] | None]]
    matches: Final[Callable[[str], bool]]

    def __init__(
        self,
        pattern: str,
        names: tuple[str, ...],
        matches: Callable[[str], bool],
        find: Callable[[str], tuple[str, ...] | None],
    ) -> None:
        self.pattern = pattern
        self.names = names
        self.matches = matches
        self.find = find


def compile_regexp(pattern: str) -> Regexp:
    """Compile a pattern; raises SyntaxFault where Go would refuse it.

    RE2 refuses a little more: the classes `\\p{Cn}` and `\\p{LC}`, and programs of half a gigabyte.
    """
    import re2

    from corefile.golang.regexp_parser import Parser

    parser = Parser(pattern)
    parser.parse()
    options = re2.Options()
    options.max_mem = 512 << 20
    options.log_errors = False
    try:
        search = re2.compile(_for_re2(pattern, parser.edits), options).search
    except re2.error as error:
        raise SyntaxFault(f"'{pattern}' is more than RE2 can compile: {error}", 0, len(pattern)) from None

    def matches(text: str) -> bool:
        return search(text) is not None

    def find(text: str) -> tuple[str, ...] | None:
        match = search(text)
        return None if match is None else (match.group(), *(group or "" for group in match.groups()))

    return Regexp(pattern, tuple(parser.names), matches, find)


def _for_re2(pattern: str, edits: list[tuple[int, int, str]]) -> str:
    """The pattern with what only Go knows (repeated group names, long category names) written plainly."""
    parts: list[str] = []
    at = 0
    for start, end, plain in sorted(edits):
        parts += pattern[at:start], plain
        at = end
    return "".join((*parts, pattern[at:]))
