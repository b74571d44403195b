"""template: makes answers from the question, by text templates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from corefile.golang.faults import SyntaxFault
from corefile.ir.mnemonics import CLASSES, RCODES, TYPES
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import Pattern, Zone
from corefile.plugins.answering import Answers
from corefile.plugins.args import Args
from corefile.plugins.expressions import joined, read_expression
from corefile.plugins.recurring import Fallthrough
from corefile.plugins.refusing import Refused
from corefile.plugins.spec import Example, Plugin, Property

if TYPE_CHECKING:
    from corefile.golang.exprlang import Environment

Section = Literal["answer", "additional", "authority"]

EVERY_NAME = Pattern(".*")
FUNCTIONS = ("parseInt",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedError(Config):
    """An extended error (RFC 8914): its number, and a text for people."""

    code: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable(Config):
    """A name for the value of an expression."""

    name: str = ""
    expression: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(Config):
    """Which questions are answered, and with what.

    `zones` none: those of the server block. `patterns` none: every name; else one of them must fit. All of `conditions`
    must hold. The sections have a template for each record. `rcode` is by name. `fallthrough` has the zones in
    which a question goes on when no pattern fits.
    """

    qclass: str = "IN"
    qtype: str = "ANY"
    zones: tuple[Zone, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    variables: tuple[Variable, ...] = ()
    conditions: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    additional: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()
    rcode: str = "NOERROR"
    extended_error: ExtendedError | None = None
    fallthrough: tuple[Zone, ...] = ()


def read(args: Args) -> Template:
    """`CLASS TYPE [ZONES...]`, both names in capitals."""
    qclass = _mnemonic(args, args.take("CLASS"), CLASSES, "class")
    qtype = _mnemonic(args, args.take("TYPE"), TYPES, "type")
    return Template(qclass=qclass, qtype=qtype, zones=args.origins(args.rest()))


def _mnemonic(args: Args, word: Word, table: dict[str, int], what: str) -> str:
    if word.text == "{":
        args.missing(what.upper())
    if word.text not in table:
        capitals = word.text.upper()
        hint = f"did you mean '{capitals}'?" if capitals in table else ""
        args.refuse("CF209", f"'{word.text}' is not a {what} that CoreDNS knows", word, help=hint)
    return word.text


def match(config: Template, args: Args) -> Template:
    words = args.rest(1, what="PATTERN")
    return replace(config, patterns=config.patterns + tuple(args.pattern(word) for word in words))


def finish(config: Template, _args: Args) -> Template:
    """The pattern that CoreDNS takes where there is none fits every name: it need not be tried."""
    return replace(config, patterns=()) if config.patterns == (EVERY_NAME,) else config


def records(section: Section) -> Callable[[Template, Args], Template]:
    """A reader of templates for the records of one section."""

    def read_records(config: Template, args: Args) -> Template:
        from corefile.golang.texttemplate import parse

        words = args.rest(1, what="RECORD")
        for word in words:
            try:
                parse(word.text, FUNCTIONS, section)
            except SyntaxFault as fault:
                part = (fault.start, fault.end)
                args.refuse("CF212", f"template '{word.text}' is refused: {fault.message}", word, part=part)
        texts = tuple(word.text for word in words)
        return replace(config, **{section: getattr(config, section) + texts})

    return read_records


def var(config: Template, args: Args) -> Template:
    from corefile.golang.exprlang import variable_name_fault

    name, *words = args.rest(2, what="NAME and EXPRESSION")
    environment = _environment(config)
    if fault := variable_name_fault(name.text, environment):
        args.refuse("CF213", fault.message, name)
    expression = joined(words)
    try:
        read_expression(args, words, environment)
    except Refused:
        expression = "nil"  # so that what refers to the variable is not refused as well
    return replace(config, variables=(*config.variables, Variable(name=name.text, expression=expression)))


def expr(config: Template, args: Args) -> Template:
    words = args.rest(1, what="EXPRESSION")
    read_expression(args, words, _environment(config))
    return replace(config, conditions=(*config.conditions, joined(words)))


def _environment(config: Template) -> Environment:
    """What an expression may refer to: the variables before it have the types of their expressions."""
    from corefile.golang.exprlang import TEMPLATE, parse, with_variable

    environment = TEMPLATE
    for variable in config.variables:
        nature = parse(variable.expression, environment).nature
        environment = with_variable(environment, variable.name, nature)
    return environment


def rcode(config: Template, args: Args) -> Template:
    word = args.take("RCODE")
    name = _mnemonic(args, word, RCODES, "response code")
    return replace(config, rcode="NOTIMP" if name == "NOTIMPL" else name)


def ederror(config: Template, args: Args) -> Template:
    words = args.rest(1, 2, "CODE")
    code = args.unsigned(words[0], 16, what="extended error")
    reason = words[1].text if len(words) > 1 else ""
    return replace(config, extended_error=ExtendedError(code=code, reason=reason))


def upstream(config: Template, args: Args) -> Template:
    """Without effect since CoreDNS 1.5.2, and accepted still."""
    args.remaining()
    return config


_RECORD = "The text of a record as in a zone file, with a template in it. May be repeated."


def answers(config: Template) -> Answers:
    """One for a class, a type or under conditions leaves others to the next plugin.

    A name that no pattern fits is answered too, with SERVFAIL, unless `fallthrough` is there.
    """
    partly = config.qtype != "ANY" or config.qclass not in ("ANY", "IN") or bool(config.conditions)
    return Answers(zones=config.zones, through=config.fallthrough if config.patterns else (), partly=partly)


PLUGIN = Plugin(
    name="template",
    summary="makes answers from the question, by regular expressions and text templates",
    usage=("template CLASS TYPE [ZONES...]",),
    config=Template,
    answers=answers,
    in_turn=True,
    read=read,
    finish=finish,
    properties=(
        Property(
            name="match",
            read=match,
            usage="match PATTERNS...",
            doc="Regular expressions for the name; the first that fits gives the groups.",
            default=".*",
        ),
        Property(
            name="var",
            read=var,
            usage="var NAME EXPRESSION",
            doc="Gives the value of an expression a name, `.Var.NAME` in templates.",
            absent="none",
            since="1.14.7",
        ),
        Property(
            name="expr",
            read=expr,
            usage="expr EXPRESSION",
            doc="A condition, in the language of `view`; all of them must hold.",
            absent="none",
            since="1.14.7",
        ),
        Property(name="answer", read=records("answer"), usage="answer RECORDS...", doc=_RECORD, absent="none"),
        Property(
            name="additional", read=records("additional"), usage="additional RECORDS...", doc=_RECORD, absent="none"
        ),
        Property(name="authority", read=records("authority"), usage="authority RECORDS...", doc=_RECORD, absent="none"),
        Property(
            name="rcode",
            read=rcode,
            usage="rcode RCODE",
            doc="The response code. With SERVFAIL no records are sent.",
            default="NOERROR",
        ),
        Property(
            name="ederror",
            read=ederror,
            usage="ederror CODE [REASON]",
            doc="Adds an extended error (RFC 8914).",
            absent="none",
            short={"15": '15 ""'},
            since="1.10.1",
        ),
        Fallthrough(
            doc="Passes names in ZONES on when no pattern or condition fits: to the next `template`, then to the "
            "next plugin.",
            absent="off, it is SERVFAIL",
        ),
        Property(
            name="upstream",
            read=upstream,
            usage="upstream",
            doc="Without effect, accepted for old files.",
            default="",
        ),
    ),
    since="1.0.3",
    labels={
        "qclass": "CLASS",
        "qtype": "TYPE",
        "patterns": "match",
        "variables": "var",
        "conditions": "expr",
        "extended_error": "ederror",
    },
    description="""\
CLASS and TYPE are names in capitals, `ANY` is all. A question of another class or type always goes on. One of the
right type whose name no pattern fits is SERVFAIL, unless `fallthrough` is there. A template for type A alone leaves
AAAA to the plugins behind it, and with none behind that is SERVFAIL.

Each RECORD is one word of the Corefile, so quote it: `answer "{{ .Name }} 60 IN A 192.0.2.{{ index .Match 1 }}"`. In
it are `.Name` (lower case, final dot), `.Zone`, `.Type`, `.Class`, `.Match` (the groups by number), `.Group` (by name
or number), `.Remote` (the client), `.Var`, `.Meta "plugin/name"`, `.Question`, `.Message`, and the function `parseInt
TEXT BASE BITS`. Of `.Message` CoreDNS offers all that miekg/dns has; `corefile run` offers the header, the sections
with the heads of their records, `.Len`, `.IsEdns0` (with `.UDPSize`, `.Do`, `.Co`, `.Z`, `.Version`) and `.IsTsig`.

**Blanks matter**: `{{$x}}` is an environment variable for CoreDNS, write `{{ $x }}`. A record that does not parse
shows only when a query comes: SERVFAIL, and `coredns_template_rr_failures_total` rises. Templates that give an empty
text are SERVFAIL too. Names without a final dot get one, nothing else. Backslashes in quotes stay, so patterns need
no doubling; but `\\"` is a quote.

Patterns fit anywhere in the name, which is in lower case: write `^` and `$`, and `[.]` for a dot.

Of a CNAME answer to an A or AAAA question the target is looked up in this server and added.

With `corefile run`, records of types other than A, AAAA, CNAME, NS, PTR, MX, TXT, SRV, SOA, NAPTR, CAA and a few like
them need dnspython (`pip install corefile[zones]`). An answer is given again without running the template, unless a
template looks at `.Message` or `.Meta`, or an expression at what changes from query to query (`id()`, `port()`,
`server_ip()`, `metadata()`, `now()`).
""",
    examples=(
        Example(
            title="give addresses to names that contain them",
            corefile="""\
example.org {
    template IN A {
        match ^ip-192-0-2-(?P<last>[0-9]+)[.]example[.]org[.]$
        answer "{{ .Name }} 60 IN A 192.0.2.{{ .Group.last }}"
        fallthrough
    }
    forward . 198.51.100.1
}
""",
        ),
        Example(
            title="say that there is no such name, and why",
            corefile="""\
. {
    template ANY ANY example.net {
        rcode NXDOMAIN
        authority "example.net. 60 IN SOA ns.example.net. hostmaster.example.net. 1 3600 600 86400 60"
        ederror 15 "blocked by policy"
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
