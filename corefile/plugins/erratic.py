"""erratic: a server that misbehaves, to test clients with."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.values import Duration
from corefile.plugins.answering import everything
from corefile.plugins.args import Args
from corefile.plugins.recurring import Flag
from corefile.plugins.spec import Example, Plugin, Property, unchanged

INT32_TOP = (1 << 31) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Erratic(Config):
    """What `erratic` says: each of the numbers counts queries, one in so many is treated badly, 0 for none.

    `drop` gives no answer, `delay` waits for `duration`, `truncate` sets TC. With `large` replies are filled up.
    """

    drop: int = 2
    delay: int = 0
    duration: Duration = Duration.of(0.1)
    truncate: int = 0
    large: bool = False


def drop(config: Erratic, args: Args) -> Erratic:
    words = args.rest(0, 1)
    return replace(config, drop=args.integer(words[0], 0, INT32_TOP, "amount")) if words else config


def delay(config: Erratic, args: Args) -> Erratic:
    """`[AMOUNT [DURATION]]`."""
    words = args.rest(0, 2)
    config = replace(config, delay=2, duration=Duration.of(0.1))
    if words:
        config = replace(config, delay=args.integer(words[0], 0, INT32_TOP, "amount"))
    if len(words) > 1:
        config = replace(config, duration=args.duration(words[1]))
    return config


def truncate(config: Erratic, args: Args) -> Erratic:
    words = args.rest(0, 1)
    return replace(config, truncate=args.integer(words[0], 0, INT32_TOP, "amount") if words else 2)


def large(config: Erratic, _args: Args) -> Erratic:
    return replace(config, large=True)


def finish(config: Erratic, args: Args) -> Erratic:
    """Nothing is dropped by default where something else is asked for; `drop` alone asks for nothing."""
    if args.last_use and (config.delay or config.truncate) and not _drops(args):
        return replace(config, drop=0)
    return config


def _drops(args: Args) -> bool:
    return any(prop == "drop" and args.behind(at) for _, prop, at in args.marks)


PLUGIN = Plugin(
    name="erratic",
    summary="answers badly on purpose, to test clients with",
    usage=("erratic",),
    config=Erratic,
    answers=everything,
    again=unchanged,  # CoreDNS ignores arguments
    finish=finish,
    properties=(
        Property(
            name="drop",
            read=drop,
            usage="drop [AMOUNT]",
            doc="Leaves one in AMOUNT queries without an answer; 0 for none.",
            default="2",
            short={"": "2"},
            beside={"delay": "0", "truncate": "0"},
        ),
        Property(
            name="truncate",
            read=truncate,
            usage="truncate [AMOUNT]",
            doc="Sets the TC flag in one of AMOUNT replies.",
            default="0",
            short={"": "2"},
        ),
        Property(
            name="delay",
            read=delay,
            usage="delay [AMOUNT [DURATION]]",
            doc="Answers one in AMOUNT queries late, by DURATION.",
            default="0",
            short={"": "2 100ms"},
        ),
        Flag(
            name="large",
            read=large,
            doc="Fills replies up to make them large. Has no arguments.",
            since="1.2.5",
        ),
    ),
    labels={"duration": "delay"},
    description="""\
Gives the same address to every A and AAAA query and a small fixed zone to a transfer; other types get SERVFAIL.
Queries are counted from 0, so with `drop 2` the first one is lost, then every second. Nothing is behind it in the
chain: it never hands a query on.

It takes part in `ready`: it is ready only now and then, to show what that looks like.

Not for production. Arguments on the directive's own line are ignored. With `truncate` more replies are cut than the
number says: see the list of differences and oddities.
""",
    examples=(
        Example(
            title="lose every third query and answer every second one 50 ms late",
            corefile="""\
example.org {
    erratic {
        drop 3
        delay 2 50ms
    }
}
""",
        ),
    ),
)
