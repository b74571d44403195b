"""Comments for the linter: `# corefile: ignore[CL201] reason`, on the line that is meant or above it.

`ignore-file` is for the whole file. What may be ignored are findings of rules and warnings that the environment
decides (CF4xx): a refusal stays one, whatever a comment says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from corefile.compiler import Compiled
from corefile.diag.diagnostic import Diagnostic
from corefile.ir.source import Source, Span
from corefile.rules import Rule, rules
from corefile.syntax.document import read_document
from corefile.syntax.lexer import TooLarge
from corefile.syntax.rows import Comment, Row

MARK = "corefile:"
"""What every such comment has: a text without it is not looked at again."""

WORDS = ("ignore", "ignore-file")

_COMMENT = re.compile(r"#[ \t]*corefile:[ \t]*([A-Za-z-]+)[ \t]*(?:\[([^\]#]*)\]?)?[^#]*")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Suppression:
    """One comment: the codes that it names, and the lines they are for (None: all of its file).

    `start` and `end` are its place in `source`. `faults` say what is wrong with it. `used` are the codes that it has
    kept from being reported.
    """

    source: Source
    start: int
    end: int
    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    lines: tuple[int, int] | None = None
    faults: tuple[tuple[str, str], ...] = ()
    used: set[str] = field(default_factory=set[str])

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.source.span(self.start, self.end)

    def takes(self, found: Diagnostic) -> bool:
        """Whether it is about a finding."""
        if found.code not in self.codes or found.span.path != self.source.path:
            return False
        return self.lines is None or self.lines[0] <= found.span.line <= self.lines[1]


class Comments(NamedTuple):
    """All comments for the linter in the texts of a Corefile; which rules have run; the file that was asked for."""

    compiled: Compiled
    suppressions: tuple[Suppression, ...]
    ran: Callable[[str], bool]


def read_comments(compiled: Compiled, ran: Callable[[str], bool]) -> Comments:
    """The comments of the Corefile and of what it imports. `ran` tells whether a rule has been asked."""
    names = Names(rules())
    found = (
        suppression
        for source in compiled.sources.values()
        if MARK in source.text
        for suppression in _read(source, names)
    )
    return Comments(compiled, tuple(found), ran)


def is_suppressible(found: Diagnostic) -> bool:
    """Whether a comment may keep a finding from being reported: never what has a say in the verdict."""
    by_rule = found.code.startswith("CL") and not found.code.startswith("CL0")
    return by_rule or (found.code.startswith("CF4") and found.severity == "warning" and found.rank is None)


def without_suppressed(found: Iterable[Diagnostic], comments: Comments) -> tuple[Diagnostic, ...]:
    """The findings that no comment is about; notes which comments were used."""
    left: list[Diagnostic] = []
    for diagnostic in found:
        takers = [one for one in comments.suppressions if is_suppressible(diagnostic) and one.takes(diagnostic)]
        for one in takers:
            one.used.add(diagnostic.code)
        if not takers:
            left.append(diagnostic)
    return tuple(left)


class Names:
    """What may stand in brackets: numbers and names of rules and of warnings."""

    def __init__(self, known: Sequence[Rule]) -> None:
        from corefile.diag.codes import CODES

        self._refusals = {word for code in CODES.values() for word in (code.number, code.name)}
        self._numbers: dict[str, str] = {}
        for code in CODES.values():
            if code.number.startswith("CF4"):
                self._numbers |= {code.number: code.number, code.name: code.number}
        for rule in known:
            if not rule.is_about_comments:
                self._numbers |= {rule.number: rule.number, rule.name: rule.number}

    def number(self, word: str) -> str | None:
        """The number of a code that may be ignored."""
        return self._numbers.get(word) or self._numbers.get(word.upper())

    def fault(self, word: str) -> tuple[str, str]:
        """Why a word cannot stand there, and what to do."""
        from corefile.diag.suggest import suggest

        if word in self._refusals or word.upper() in self._refusals:
            return f"'{word}' cannot be ignored, rules (CL) and what the environment decides (CF4) can", ""
        if word.upper().startswith("CL0"):
            return f"'{word}' cannot be ignored by a comment", f"leave it out with '--ignore {word}'"
        nearest = suggest(word, self._numbers) or suggest(word.upper(), self._numbers)
        return f"'{word}' is no code of a rule", f"did you mean '{nearest}'?" if nearest else ""


def _read(source: Source, names: Names) -> Iterator[Suppression]:
    try:
        rows = read_document(source).rows
    except TooLarge:  # said by the compiler
        return
    for at, row in enumerate(rows):
        for comment in row.comments:
            for match in _COMMENT.finditer(comment.text):
                found = _suppression(source, comment, match, names)
                if found is not None:
                    yield found(_lines(source, rows, at, comment) if match[1] == "ignore" else None)


def _suppression(
    source: Source, comment: Comment, match: re.Match[str], names: Names
) -> Callable[[tuple[int, int] | None], Suppression] | None:
    """What a comment says, for lines that are still to be found. None for a sentence that only begins alike."""
    word, listed = match[1], match[2]
    if word not in WORDS and listed is None:
        return None
    given = tuple(name.strip() for name in (listed or "").split(",") if name.strip())
    is_whole = word in WORDS and bool(given) and "]" in match[0]
    faults: list[tuple[str, str]] = []
    if word not in WORDS:
        faults.append((f"'{word}' is not one of {', '.join(WORDS)}", ""))
    elif not is_whole:
        faults.append((f"'{word}' names no code", f"write '# corefile: {word}[CL201] reason'"))
    else:
        faults += [names.fault(name) for name in given if names.number(name) is None]
    codes = tuple(number for name in given if (number := names.number(name)))
    start, text = comment.start + match.start(), match[0].rstrip()
    return lambda lines: Suppression(
        source=source,
        start=start,
        end=start + len(text),
        names=given,
        codes=codes if is_whole else (),
        lines=lines,
        faults=tuple(faults),
    )


def _lines(source: Source, rows: Sequence[Row], at: int, comment: Comment) -> tuple[int, int]:
    """The lines that a comment is for: its own, and those of what stands below if it stands alone."""
    first = last = source.position(comment.start)[0]
    while at < len(rows) and not rows[at].words and rows[at].comments:
        at += 1
    if at < len(rows) and rows[at].words:
        words = rows[at].words
        first = min(first, source.position(words[0].start)[0])
        last = max(last, source.position(words[-1].end)[0])
    return first, last
