"""What rewrite rules say: one config for each kind of rule."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Config):
    """One rule. `mode` tells what follows when it has fitted a query: `stop`, or `continue` with the next rule."""

    mode: str = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Config):
    """Which names are meant: `exact`, `prefix`, `suffix`, `substring` or `regex`, and the text to compare with."""

    kind: str = "exact"
    text: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRule(Config):
    """What happens to the answer: in `name` (owners) or `value` (what records point to) a pattern becomes `to`."""

    kind: str = "name"
    pattern: str = ""
    to: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule(Rule):
    """A name becomes another; with `auto` it is turned back in the answer, `answers` say how else."""

    match: Match = Match()
    to: str = "."
    auto: bool = False
    answers: tuple[AnswerRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRule(Rule):
    """One class becomes another."""

    old: str = "IN"
    new: str = "IN"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeRule(Rule):
    """One type becomes another."""

    old: str = "ANY"
    new: str = "HINFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class TtlRule(Rule):
    """TTLs of the answer, in seconds, are moved into a range."""

    match: Match = Match()
    least: int = 0
    most: int = 2147483647


@dataclass(frozen=True, slots=True, kw_only=True)
class RcodeRule(Rule):
    """One response code, by its number, becomes another."""

    match: Match = Match()
    old: int = 0
    new: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CnameRule(Rule):
    """A CNAME's target becomes another name, which is then resolved."""

    match: Match = Match()
    to: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Edns0Rule(Rule):
    """An EDNS0 option of the query is changed; `action` is `append`, `replace`, `set` or `unset`.

    With `revert` the answer gets back what the query had.
    """

    action: str = "set"
    revert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRule(Edns0Rule):
    """Option `code` gets bytes, or what a `variable` in braces stands for (then `data` is empty)."""

    code: int = 0
    data: bytes = b""
    variable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NsidRule(Edns0Rule):
    """The request for the server's identifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetRule(Edns0Rule):
    """The client's subnet: so many bits of its address."""

    ipv4_bits: int = 0
    ipv6_bits: int = 0
