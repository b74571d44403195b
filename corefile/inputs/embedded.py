"""A text inside another text, such as a Corefile in a YAML scalar: positions are those of the outer file.

A YAML scalar's value is not what is written: indentation goes, lines are folded, escapes are read. `embed` follows the
rules of YAML 1.1 for each style and checks that the value comes out; where it does not, a place is the whole scalar.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise
from typing import NamedTuple

from corefile.ir.source import ImportSite, Source, Span

_FLOW = re.compile(
    r"(?P<break>[ \t]*(?:\r?\n[ \t]*)+)|(?P<joint>\\\r?\n[ \t]*)"
    r"|(?P<escape>\\(?:x..|u....|U........|.))|(?P<quote>'')|(?P<text>[^\\'\s]+|.)",
    re.DOTALL,
)


class Run(NamedTuple):
    """From `at` in the value on, characters stand at `host_at` in the outer text.

    One for one if `width` is 1; otherwise one character of the value stands for so many outside.
    """

    at: int
    host_at: int
    width: int = 1


class Embedded(Source):
    """A `Source` whose places are those of the text around it."""

    __slots__ = ("_host", "_runs")

    def __init__(self, host: Source, text: str, runs: list[Run], *, base: str = "", file: str = "") -> None:
        super().__init__(host.path, text, base=base, file=file)
        self._host = host
        self._runs = runs

    def position(self, offset: int) -> tuple[int, int]:
        """1-based line and column in the outer file."""
        if offset >= len(self.text) and offset > 0:
            return self._host.position(self._outside(len(self.text) - 1)[1])
        return self._host.position(self._outside(offset)[0])

    def span(self, start: int, end: int, imports: tuple[ImportSite, ...] = ()) -> Span:
        """The place in the outer file, from the first character to the last."""
        after = self._host.position(self._outside(end - 1)[1]) if end > start else self.position(end)
        return Span(self.path, *self.position(start), *after, imports)

    def excerpt(self, line: int) -> str:
        """A line of the outer file."""
        return self._host.excerpt(line)

    def _outside(self, offset: int) -> tuple[int, int]:
        """Where a character of the value begins and ends outside."""
        at, host_at, width = self._runs[bisect_right(self._runs, (offset, 1 << 60, 0)) - 1]
        start = host_at + (offset - at if width == 1 else 0)
        return start, start + width


def embed(host: Source, value: str, start: int, end: int, style: str | None) -> list[Run]:
    """The runs of a scalar that is written from `start` to `end`; `style` is PyYAML's: `|`, `>`, `"`, `'` or None."""
    raw = host.text[start:end]
    if style == "|":
        found = _literal(raw, start, value)
    elif style == ">":
        found = _folded(raw, start, value)
    else:
        found = _flow(raw, start, style or "")
    if found.text() != value:
        return [Run(0, start, max(2, end - start))]
    return found.runs


class _Writer:
    """Builds a value piece by piece and notes where each piece stands."""

    def __init__(self, start: int) -> None:
        self.runs: list[Run] = [Run(0, start)]
        self._pieces: list[str] = []
        self._length = 0
        self._start = start

    def copy(self, text: str, at: int) -> None:
        """Characters that stand outside as they are."""
        host_at = self._start + at
        last = self.runs[-1]
        if text and (last.width != 1 or last.host_at + self._length - last.at != host_at):
            self.runs.append(Run(self._length, host_at))
        self._add(text)

    def replace(self, text: str, at: int, width: int) -> None:
        """One character for several outside."""
        if width == 1:
            self.copy(text, at)
        else:
            self.runs.append(Run(self._length, self._start + at, width))
            self._add(text)

    def _add(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)

    def __len__(self) -> int:
        return self._length

    def text(self) -> str:
        """What was built."""
        return "".join(self._pieces)


def _literal(raw: str, start: int, value: str) -> _Writer:
    """Line for line: the indentation is what a line has more than its value."""
    out = _Writer(start)
    at = raw.find("\n") + 1
    for text in value.split("\n"):
        end = raw.find("\n", at)
        end = len(raw) if end < 0 else end
        length = len(raw[at:end].removesuffix("\r"))
        if text:
            out.copy(text, at + length - len(text))
        if len(out) < len(value):
            out.replace("\n", at + length, max(1, end + 1 - at - length))
        at = end + 1
    return out if _stands_there(raw, start, out) else _Writer(start)


def _stands_there(raw: str, start: int, out: _Writer) -> bool:
    """Whether what was copied is really what is written there."""
    text, runs = out.text(), [*out.runs, Run(len(out.text()), 0)]
    return all(
        run.width != 1 or raw.startswith(text[run.at : after.at], run.host_at - start) or text[run.at] == "\n"
        for run, after in pairwise(runs)
        if after.at > run.at
    )


def _folded(raw: str, start: int, value: str) -> _Writer:
    """Lines joined by blanks; a line end of the value is found where one is written."""
    out = _Writer(start)
    at = raw.find("\n") + 1
    lines = raw[at:].split("\n")
    indent = _indentation(next((line for line in lines if line.strip()), ""))
    indent -= _indentation(next((line for line in value.split("\n") if line.strip()), ""))
    done = 0
    for line in lines:
        text = line[indent:].removesuffix("\r")
        if not value.startswith(text, done):
            break
        out.copy(text, at + indent)
        done += len(text)
        at += len(line)
        if value[done : done + 1] in (" ", "\n"):
            out.replace(value[done], at, 1)
            done += 1
        at += 1
    return out


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _flow(raw: str, start: int, quote: str) -> _Writer:
    """Quoted and plain scalars: line breaks fold, escapes stand for one character."""
    out = _Writer(start)
    end = len(raw) - len(quote)
    at = len(quote)
    while at < end:
        match = _FLOW.match(raw, at, end)
        assert match is not None
        text, kind = match[0], match.lastgroup
        if kind == "break":
            breaks = text.count("\n")
            out.replace(" " if breaks == 1 else "\n", at, len(text))
            for _ in range(breaks - 2):
                out.replace("\n", at + len(text) - 1, 1)
        elif quote == '"' and kind == "escape":
            out.replace(_escaped(text), at, len(text))
        elif quote == "'" and kind == "quote":
            out.replace("'", at, 2)
        elif not (quote == '"' and kind == "joint"):
            text = text if kind == "text" else text[0]
            out.copy(text, at)
        at += len(text)
    return out


def _escaped(text: str) -> str:
    letter = text[1]
    if letter in "xuU":
        try:
            return chr(int("0" + text[2:], base=16))
        except (ValueError, OverflowError):
            return text
    simple = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b"}
    return simple.get(letter) or {"N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"}.get(letter, letter)
