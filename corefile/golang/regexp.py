"""Go's regular expressions (`regexp.Compile`: RE2 syntax with Perl flags).

`check_regexp` judges a pattern without compiling it, as Go 1.26 would; `compile_regexp` gives a matcher with Go's
leftmost-first semantics, in time linear in the text by way of google-re2,
or by Python's `re` where that does the same at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

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
    from corefile.golang.regexp_parser import Parser
    from corefile.golang.regexp_quick import LONGEST, translate

    parser = Parser(pattern)
    parser.parse()
    names = tuple(parser.names)
    quick = translate(pattern)
    if quick is None:
        return Regexp(pattern, names, *_searches(_re2_search(pattern, parser.edits)))
    import re

    search = re.compile(quick, re.ASCII).search
    slow: list[_Search] = []

    def either(text: str) -> _Match | None:
        if len(text) <= LONGEST and "\n" not in text:
            return search(text)
        if not slow:
            slow.append(_re2_search(pattern, parser.edits))
        return slow[0](text)

    return Regexp(pattern, names, *_searches(either))


class _Match(Protocol):
    def group(self) -> str: ...
    def groups(self) -> tuple[str | None, ...]: ...


_Search = Callable[[str], _Match | None]


def _searches(search: _Search) -> tuple[Callable[[str], bool], Callable[[str], tuple[str, ...] | None]]:
    def matches(text: str) -> bool:
        return search(text) is not None

    def find(text: str) -> tuple[str, ...] | None:
        match = search(text)
        return None if match is None else (match.group(), *(group or "" for group in match.groups()))

    return matches, find


def _re2_search(pattern: str, edits: list[tuple[int, int, str]]) -> _Search:
    import re2

    options = re2.Options()
    options.max_mem = 512 << 20
    options.log_errors = False
    try:
        return re2.compile(_for_re2(pattern, edits), options).search
    except re2.error as error:
        raise SyntaxFault(f"'{pattern}' is more than RE2 can compile: {error}", 0, len(pattern)) from None


def _for_re2(pattern: str, edits: list[tuple[int, int, str]]) -> str:
    """The pattern with what only Go knows (repeated group names, long category names) written plainly."""
    parts: list[str] = []
    at = 0
    for start, end, plain in sorted(edits):
        parts += pattern[at:start], plain
        at = end
    return "".join((*parts, pattern[at:]))
