"""rewrite: changes queries on their way in, and answers on their way back."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.golang.letters import to_lower
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.plugins.args import Args
from corefile.plugins.refusing import Refused
from corefile.plugins.rewrite.readers import READERS
from corefile.plugins.rewrite.rules import Rule
from corefile.plugins.spec import Example, Plugin, Property, skip_line

MODES = ("stop", "continue")
NO_RULE = Rule()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite(Config):
    """One rule; those of a block are looked at in the order of the file."""

    rule: Rule = NO_RULE


def parse(args: Args) -> tuple[Rewrite, ...]:
    """One rule for each use, on the line or, when there is at most one word, in the block."""
    configs: list[Rewrite] = []
    while args.next():
        args.marks.append((args.use, "", args.at))
        args.usage = PLUGIN.usage[0]
        start = args.at
        try:
            configs.append(Rewrite(rule=_rule(args, args.words[start], _words(args))))
        except Refused:
            skip_line(args, start)
            if args.words[start].text == "{":
                _skip_block(args, start)
        args.use += 1
    return tuple(configs)


def _skip_block(args: Args, start: int) -> None:
    """Go to the brace that closes the one at `start`."""
    depth = 1
    args.at = start
    while depth and args.next():
        depth += {"{": 1, "}": -1}.get(args.val, 0)


def _words(args: Args) -> list[Word]:
    words = args.remaining()
    if len(words) < 2:
        while args.next_block():
            words.append(args.word)
    return words


def _rule(args: Args, directive: Word, words: list[Word]) -> Rule:
    if not words and directive.text == "{":
        args.refuse(
            "CF216",
            "'{' found behind a rule, a block is only read after 'rewrite', 'stop' or 'continue' alone",
            directive,
            help="write the whole rule on one line, or all of it in the block",
        )
    if not words:
        args.refuse("CF202", f"rule missing after '{directive.text}'", directive, help=TYPES_HELP)
    mode = to_lower(words[0].text)
    at = 1 if mode in MODES else 0
    if at == len(words):
        args.refuse("CF202", f"rule missing after '{words[0].text}'", words[0], help=TYPES_HELP)
    head = words[at]
    kind = to_lower(head.text)
    if kind == "answer":
        args.refuse("CF214", "'answer' must follow a name rule on the same line", head, help=PROPERTIES["name"].usage)
    if kind not in READERS:
        args.choice(head, tuple(READERS), "rule")
    args.usage = f"rewrite [stop|continue] {PROPERTIES[kind].usage}"
    args.marks.append((args.use, kind, args.index(head)))
    return READERS[kind](args, mode if at else "stop", head, words[at + 1 :])


TYPES_HELP = f"rules: {', '.join(READERS)}"

_MATCH = "[exact|prefix|suffix|substring|regex]"
_RULES: tuple[Property[Rewrite], ...] = (
    Property(
        name="name",
        usage=f"name {_MATCH} FROM TO [answer auto|name PATTERN TO|value PATTERN TO]...",
        doc="Asks for TO instead of FROM. In TO, `{1}` is the first group of the regular expression. `answer auto` "
        "turns the names in the answer back, `answer name` and `answer value` replace a pattern in owners and "
        "targets.",
        absent="none",
        short={"a.example.org b.example.org": "exact a.example.org b.example.org"},
    ),
    Property(
        name="type",
        usage="type OLD NEW",
        doc="Asks for another type.",
        absent="none",
    ),
    Property(
        name="class",
        usage="class OLD NEW",
        doc="Asks in another class.",
        absent="none",
    ),
    Property(
        name="edns0",
        usage="edns0 local|nsid|subnet append|replace|set|unset [CODE DATA|BITS4 BITS6] [revert]",
        doc="Changes an option of the query: `local` CODE gets DATA (text, `0x…` or a variable such as `{client_ip}` "
        "or `{plugin/name}`), `subnet` so many bits of the client's address. `append` only where there is none, "
        "`replace` only where there is one.",
        absent="none",
    ),
    Property(
        name="ttl",
        usage=f"ttl {_MATCH} NAME SECONDS|LEAST-MOST",
        doc="Sets the TTLs of the answer, or moves them into a range with one end or two.",
        absent="none",
        short={"a.example.org 60": "exact a.example.org 60"},
        since="1.2.3",
    ),
    Property(
        name="cname",
        usage=f"cname {_MATCH} FROM TO",
        doc="Follows TO where a CNAME in the answer points to FROM.",
        absent="none",
        short={"a.example.org b.example.org": "exact a.example.org b.example.org"},
        since="1.11.0",
    ),
    Property(
        name="rcode",
        usage=f"rcode {_MATCH} NAME OLD NEW",
        doc="Changes the response code, given by name or number.",
        absent="none",
        short={"a.example.org NXDOMAIN NOERROR": "exact a.example.org NXDOMAIN NOERROR"},
        since="1.11.3",
    ),
)
PROPERTIES = {prop.name: prop for prop in _RULES}

PLUGIN = Plugin(
    name="rewrite",
    summary="changes queries on their way in, and answers on their way back",
    usage=("rewrite [stop|continue] TYPE ARGUMENTS...",),
    short={"name a.example.org b.example.org": "stop name exact a.example.org b.example.org"},
    config=Rewrite,
    parse=parse,
    properties=_RULES,
    labels={"rule": "rule"},
    description="""\
Rules are looked at in the order of the file. The first one that fits ends it, unless it begins with `continue`. The
changed query stays in its server block: rewriting a name into another block's zone does not go there.

The client must see its own question, and does when a rule with `stop` fitted. The names *in the answer* are turned
back for `exact` only; for `prefix`, `suffix`, `substring` and `regex` add `answer auto`, or clients throw the answer
away. A `continue` rule of type `type`, `class` or `edns0` that is the last to fit leaves the changed question in
CoreDNS's reply; `corefile run` always gives the client its own.

Names are compared in lower case, so a capital in a regular expression never fits. A regular expression fits anywhere
in the name: write `^` and `$`. The dot of `example.org` in it fits any letter. `{0}`, the whole match, counts as a
group when CoreDNS compares the number of references with the number of groups. With `exact` TO must be a valid
regular expression, so a name such as `*.example.org` is refused there. In rules for `ttl` and `rcode` every text gets
a final dot: `prefix cap-` is compared as `cap-.` and never fits.

A `cname` rule counts as fitting every query: rules behind it are never reached unless it begins with `continue`.

A rule may also be written in a block, which CoreDNS reads as one rule, word after word: `rewrite continue {` … `}`.
It does so only when at most one word stands on the line; else the block is an error.

Metadata variables in `edns0` rules need `metadata` in the block.
""",
    examples=(
        Example(
            title="answer for an old domain with the records of the new one",
            corefile="""\
example.org example.net {
    rewrite name suffix .example.net .example.org answer auto
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="give one host under another name, and short TTLs below a name",
            corefile="""\
. {
    rewrite continue ttl suffix .dyn.example.org 30
    rewrite name www.example.org web-1.example.org
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="tell the upstream who asked",
            corefile="""\
. {
    rewrite edns0 local set 0xfde9 {client_ip} revert
    forward . 192.0.2.1
}
""",
        ),
    ),
)
