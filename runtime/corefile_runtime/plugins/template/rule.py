"""One compiled `template` of a block: which questions it takes, and the records that it makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from corefile.golang.exprlang import TEMPLATE, Program, with_variable
from corefile.golang.exprlang import parse as parse_expression
from corefile.golang.exprlang.compiler import compile_program
from corefile.golang.faults import EvaluationFault
from corefile.golang.regexp import Regexp, compile_regexp
from corefile.golang.texttemplate import parse
from corefile.golang.texttemplate.compiler import compile_template
from corefile.ir.mnemonics import CLASSES as CLASS_NUMBERS
from corefile.ir.mnemonics import RCODES
from corefile.ir.mnemonics import TYPES as TYPE_NUMBERS
from corefile.plugins.template import FUNCTIONS
from corefile_runtime.chain.expressions import Dependence, dependence, environment
from corefile_runtime.plugins.template.data import Data
from corefile_runtime.plugins.template.message import NOT_OFFERED
from corefile_runtime.plugins.template.purity import fields, fields_of, render_template
from corefile_runtime.wire.names import parse_name, render_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import ANY, CLASSES, OPT, TYPES
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.zone_match import is_below, longest_zone

if TYPE_CHECKING:
    from corefile.plugins.template import ExtendedError
    from corefile.plugins.template import Template as Config

SECTIONS = ("answer", "additional", "authority")
# Fields that differ from query to query, though its bytes are the same; a dot alone may be all of them.
_CHANGING = frozenset(("Message", "Meta", "."))


class Text(NamedTuple):
    """The template of one record: its section, how Go writes it, and what makes the text."""

    section: str
    source: str
    run: Callable[[Data], str]


class Rule:
    """`rcode` is the number of the response code, `error` the OPT record of an extended error.

    `depends` says what its expressions look at, `steady` whether its records depend on nothing but the question and, if
    `each_client` is set, the client. `folds`: they are the same for a name in any letters.
    """

    def __init__(self, config: Config, zones: tuple[str, ...]) -> None:
        self.zones = [parse_name(zone.lower()) for zone in zones]
        self.rcode = RCODES[config.rcode]
        self.error = _error_record(config.extended_error) if config.extended_error is not None else None
        self._names = {zone: render_name(zone) for zone in self.zones}
        self._qclass, self._qtype = CLASS_NUMBERS[config.qclass], TYPE_NUMBERS[config.qtype]
        self._class_name, self._type_name = config.qclass, config.qtype
        self._regexps: list[Regexp | None] = [compile_regexp(str(one)) for one in config.patterns] or [None]
        self._fallthrough = [parse_name(zone.lower()) for zone in config.fallthrough]
        self._compile_expressions(config)
        parsed = [(name, parse(text, FUNCTIONS, name)) for name in SECTIONS for text in getattr(config, name)]
        self.texts = [Text(name, render_template(one), compile_template(one)) for name, one in parsed]
        used = {field for _, one in parsed for field in fields(one)}
        refused = NOT_OFFERED & {field for _, one in parsed for field in fields_of(one, "Message")}
        if refused:
            raise EvaluationFault(f"'.Message.{min(refused)}' is not supported by 'corefile run'")
        self.steady = used.isdisjoint(_CHANGING)
        self.folds = "Question" not in used  # all other fields have the name in lower case
        self.each_client = "Remote" in used or self.depends.each_client

    def _compile_expressions(self, config: Config) -> None:
        known, programs = TEMPLATE, list[Program]()
        self._variables: list[tuple[str, Callable[[dict[str, object]], object]]] = []
        for variable in config.variables:
            program = parse_expression(variable.expression, known)
            known = with_variable(known, variable.name, program.nature)
            self._variables.append((variable.name, compile_program(program)))
            programs.append(program)
        conditions = [parse_expression(text, known) for text in config.conditions]
        self._conditions = [compile_program(program) for program in conditions]
        self.depends: Dependence = dependence([*programs, *conditions])
        self.judges = bool(self._variables or self._conditions)

    def find_zone(self, query: Query) -> str | None:
        """The zone of the rule that has the name, if its class and type are taken as well."""
        qclass, qtype = self._qclass, self._qtype
        if qtype not in (query.qtype, ANY) and query.qtype != ANY:
            return None
        if qclass not in (query.qclass, ANY) and query.qclass != ANY:
            return None
        zone = longest_zone(query.name, self.zones)
        return None if zone is None else self._names[zone]

    def match(self, query: Query, zone: str) -> Data | None:
        """The data for the first pattern that fits."""
        text = query.text
        for regexp in self._regexps:
            if regexp is None or regexp.matches(text):
                qclass = self._class_name if query.qclass == ANY else CLASSES.get(query.qclass, "")
                qtype = self._type_name if query.qtype == ANY else TYPES.get(query.qtype, "")
                return Data(query, zone, regexp, qclass, qtype)
        return None

    def judge(self, query: Query, data: Data, port: str) -> bool:
        """Set the variables, and say whether all conditions hold; raises EvaluationFault."""
        known = environment(query, port)
        known["group"] = data.group
        for name, run in self._variables:
            known[name] = data.Var[name] = run(known)
        return all(condition(known) is True for condition in self._conditions)

    def goes_on(self, query: Query) -> bool:
        """Whether a name that does not fit may be answered by others."""
        return any(is_below(query.name, zone) for zone in self._fallthrough)


def _error_record(config: ExtendedError) -> Record:
    """An OPT of size 4096 with DO and an extended error (RFC 8914)."""
    text = config.code.to_bytes(2, "big") + config.reason.encode("utf-8", "surrogateescape")
    return Record(b"\0", OPT, 4096, 0x8000, b"\0\x0f" + len(text).to_bytes(2, "big") + text)
