"""cancel: gives up queries that take too long."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.ir.values import Duration
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Config):
    """How long a query may take."""

    timeout: Duration = Duration.of(5.001)


def again(_config: Cancel, args: Args) -> Cancel:
    """The last of several uses counts."""
    words = args.rest(0, 1)
    return Cancel(timeout=args.duration(words[0], Duration(1), what="timeout")) if words else Cancel()


PLUGIN = Plugin(
    name="cancel",
    summary="gives up a query that takes too long",
    usage=("cancel [TIMEOUT]",),
    short={"": "5.001s"},
    config=Cancel,
    again=again,
    blockless=True,
    since="1.5.0",
    description="""\
Plugins that wait for something, such as an upstream or a database, are told to stop after TIMEOUT, 5.001 seconds
unless given: a little more than the five seconds after which most clients ask again. Which of them heed it is up to
each plugin; the answer is then whatever it makes of the interruption, mostly SERVFAIL.

TIMEOUT needs a unit and must be more than zero. There is no block.
""",
    examples=(
        Example(
            title="wait no longer than two seconds",
            corefile="""\
. {
    cancel 2s
    forward . 192.0.2.1
}
""",
        ),
    ),
)
