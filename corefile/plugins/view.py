"""view: takes only those queries for which expressions hold."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.expressions import joined, read_expression
from corefile.plugins.spec import Example, Plugin, Property

# cross-block: blocks with `view` may serve a zone and port that another block has; without it that is CF3xx


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Config):
    """The view's name, and expressions that must all give true for a query to come into the block."""

    name: str = ""
    expressions: tuple[str, ...] = ()


def read(args: Args) -> View:
    return View(name=args.one("NAME").text)


def expr(config: View, args: Args) -> View:
    from corefile.golang.exprlang import VIEW

    words = args.remaining()
    read_expression(args, words, VIEW)
    return replace(config, expressions=(*config.expressions, joined(words)))


PLUGIN = Plugin(
    name="view",
    summary="takes only those queries into the block for which expressions hold",
    usage=("view NAME",),
    config=View,
    read=read,
    once=True,
    properties=(
        Property(
            name="expr",
            read=expr,
            usage="expr EXPRESSION",
            doc="A condition in the language expr-lang. Of several all must hold.",
            absent="none, every query comes in",
        ),
    ),
    since="1.10.0",
    labels={"name": "NAME", "expressions": "expr"},
    description="""\
With it several blocks may serve one zone on one port. Queries go to the first of them, in the order of the file,
whose conditions hold; a block without `view` takes what is left (before 1.14.3 it had to come last). Where none fits,
the answer is REFUSED. NAME appears in logs and metrics.

An expression must give exactly `true`: a text or a number counts as false, without a message. In it these are
functions and need their parentheses:

- `name()`, `type()`, `class()`: the question, with the final dot and in lower case, `'AAAA'`, `'IN'`
- `client_ip()`, `port()`, `server_ip()`, `server_port()`, `proto()`: texts; `proto()` is `'udp'` or `'tcp'`
- `size()`, `bufsize()`, `id()`, `opcode()`: numbers; `do()`: whether DNSSEC records are wanted
- `incidr(client_ip(), '192.0.2.0/24')`: whether an address is in a network
- `metadata('geoip/country/code')`: a label, empty unless a plugin publishes it and `metadata` is in the block

With `corefile run`, expressions that call `id()`, `port()`, `server_ip()`, `metadata()` or `now()` make every query on
that port take the long way: no answer there is given again. `client_ip()` costs least where it is compared with
constants or handed to `incidr` with a constant network.

Write texts with single quotes: a double quote at the beginning of a word would begin a word of the Corefile. The
words of the line are joined with one blank. In a predicate such as `{# > 1}` the `#` begins a comment of the
Corefile; put the whole expression into double quotes then.
""",
    examples=(
        Example(
            title="answer one network from other servers than the rest",
            corefile="""\
example.org {
    view internal {
        expr incidr(client_ip(), '192.0.2.0/24')
    }
    forward . 198.51.100.1
}

example.org {
    forward . 203.0.113.1
}
""",
        ),
        Example(
            title="refuse a type over UDP",
            corefile="""\
. {
    view large {
        expr type() in ['TXT', 'DNSKEY'] && proto() == 'udp'
    }
    erratic {
        truncate 1
    }
}

. {
    forward . 192.0.2.1
}
""",
        ),
    ),
)
