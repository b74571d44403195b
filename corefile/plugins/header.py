"""header: sets and clears flags of queries and answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property, in_any_case, read_block

ACTIONS = ("set", "clear")
FLAGS = ("aa", "ra", "rd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Config):
    """One flag (`aa`, `ra` or `rd`) and what it becomes."""

    name: str = "ra"
    value: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Config):
    """Flags to change in queries before the next plugin sees them, and in answers; in order, the last one wins."""

    query: tuple[Flag, ...] = ()
    response: tuple[Flag, ...] = ()


def parse(args: Args) -> tuple[Header, ...]:
    """The first use that has a rule; CoreDNS does not look at any behind it."""
    table = {prop.name: prop for prop in PLUGIN.properties}
    config = Header()
    while config == Header() and not args.faults and args.next():
        args.marks.append((args.use, "", args.at))
        config = read_block(args, table, config, in_any_case(table))
        args.use += 1
    if config == Header() and not args.faults:
        args.refuse("CF202", f"rule missing after '{args.val}'", help="rules: query|response set|clear FLAGS...")
    return (config,)


def rule(selector: str) -> Callable[[Header, Args], Header]:
    """A reader of `query` or `response` lines."""

    def read(config: Header, args: Args) -> Header:
        flags = _flags(args)
        if selector == "query":
            return replace(config, query=config.query + flags)
        return replace(config, response=config.response + flags)

    return read


def _flags(args: Args) -> tuple[Flag, ...]:
    action = args.take("'set' or 'clear'")
    words = args.remaining()
    if not action.text:
        args.refuse("CF202", "'set' or 'clear' missing, found an empty word", action)
    if not words:
        args.missing("flag")
    value = args.choice(action, ACTIONS, "action", any_case=True) == "set"
    return tuple(Flag(name=args.choice(word, FLAGS, "flag", any_case=True), value=value) for word in words)


PLUGIN = Plugin(
    name="header",
    summary="sets and clears flags in the header of queries and answers",
    usage=("header",),
    config=Header,
    parse=parse,
    properties=(
        Property(
            name="query",
            read=rule("query"),
            usage="query set|clear FLAGS...",
            doc="Changes flags of the query before the plugins behind this one see it.",
            absent="none",
            since="1.9.4",
        ),
        Property(
            name="response",
            read=rule("response"),
            usage="response set|clear FLAGS...",
            doc="Changes flags of the answer on its way to the client.",
            absent="none",
            since="1.9.4",
        ),
    ),
    since="1.8.5",
    description="""\
The flags are `aa` (authoritative), `ra` (recursion available) and `rd` (recursion desired); capitals are taken too.
Rules apply in their order, so of two rules for one flag the later one holds.

Until 1.12.3 a line could begin with `set` or `clear` and meant answers; from 1.12.4 on that is refused, write
`response set …`.

At least one rule is needed. CoreDNS reads the first use with a rule in it and does not look at further ones.
""",
    examples=(
        Example(
            title="tell clients that recursion is available",
            corefile="""\
. {
    header {
        response set ra
    }
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="ask upstreams recursively whatever the client asked for, and never claim authority",
            corefile="""\
. {
    header {
        query set rd
        response clear aa
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
