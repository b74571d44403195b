"""errors: writes the errors met while answering to the standard output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import Duration, Pattern
from corefile.plugins.args import Args
from corefile.plugins.recurring import Flag
from corefile.plugins.spec import Example, Plugin, Property

Level = Literal["warning", "error", "info", "debug"]

LEVELS: tuple[Level, ...] = ("warning", "error", "info", "debug")

LONGEST_PATTERN = 10_000
"""Bytes of the longest regular expression that CoreDNS compiles here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consolidate:
    """Errors whose text matches `pattern` are counted and told once in `period`, at `level`.

    With `show_first` the first one of a period is told at once as well.
    """

    period: Duration
    pattern: Pattern
    level: Level = "error"
    show_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors(Config):
    """What one `errors` says: the first pattern of `consolidate` that matches takes an error.

    `stacktrace` adds the trace to what is written about a crash of a plugin.
    """

    consolidate: tuple[Consolidate, ...] = ()
    stacktrace: bool = False


def read(args: Args) -> Errors:
    words = args.rest(0, 1)
    if words:
        args.choice(words[0], ("stdout",), "log file")
    return Errors()


def stacktrace(config: Errors, _args: Args) -> Errors:
    return replace(config, stacktrace=True)


def consolidate(config: Errors, args: Args) -> Errors:
    """`DURATION REGEXP [LEVEL] [show_first]`."""
    words = args.rest(2, 4, what="DURATION and REGEXP")
    period = args.duration(words[0])
    size = len(words[1].text.encode("utf-8", "surrogateescape"))
    if size > LONGEST_PATTERN:
        args.refuse("CF211", f"regular expression of {size} bytes is too long, {LONGEST_PATTERN} are allowed", words[1])
    found = Consolidate(period=period, pattern=args.pattern(words[1]))
    return replace(config, consolidate=(*config.consolidate, _options(found, args, words[2:])))


def _options(found: Consolidate, args: Args, words: Sequence[Word]) -> Consolidate:
    leveled = False
    for word in words:
        option = args.choice(word, (*LEVELS, "show_first"), "option")
        if option == "show_first":
            found = replace(found, show_first=True)
            continue
        if leveled:
            args.refuse("CF214", f"log level '{option}' follows another one, only one is allowed", word)
        if found.show_first:
            args.refuse("CF214", f"log level '{option}' must stand before 'show_first'", word)
        leveled = True
        found = replace(found, level=cast("Level", option))
    return found


PLUGIN = Plugin(
    name="errors",
    summary="writes the errors that plugins meet while they answer to the standard output",
    usage=("errors [stdout]",),
    short={"": "stdout"},
    config=Errors,
    read=read,
    once=True,
    properties=(
        Property(
            name="consolidate",
            read=consolidate,
            usage="consolidate DURATION REGEXP [warning|error|info|debug] [show_first]",
            doc="Counts errors whose text matches REGEXP and writes one line about them every DURATION, at the level "
            "given. `show_first` also writes the first one of each period in full.",
            absent="every error is written",
            short={"5m ^failed": "5m ^failed error"},
            since="1.2.6",
        ),
        Flag(
            name="stacktrace",
            read=stacktrace,
            doc="Writes the stack when a plugin crashes. Has no arguments.",
            since="1.9.3",
        ),
    ),
    description="""\
Without it a failed query leaves no trace in the log: the client sees SERVFAIL and nobody learns why. Every server
block wants it.

The only target is the standard output; the word `stdout` may be written and changes nothing. Of several `consolidate`
lines the first whose expression matches takes the error, so put the narrow ones first. An expression is matched
anywhere in the text unless it is anchored. The log level must stand before `show_first`.

Traps: a second `errors` in the block, often from an imported file, is refused. `consolidate` hides the differences
between the errors that it counts: an expression such as `.*` hides everything.
""",
    examples=(
        Example(
            title="write every error",
            corefile="""\
. {
    errors
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="count timeouts and failed connections for five minutes",
            corefile="""\
. {
    errors {
        consolidate 5m ".* i/o timeout$" warning show_first
        consolidate 30s "^failed to .+"
        stacktrace
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
