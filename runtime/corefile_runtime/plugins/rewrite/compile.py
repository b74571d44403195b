"""Compilation of rules: from a rule's config to the function that applies it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from corefile.ir.mnemonics import CLASSES, TYPES
from corefile.plugins.rewrite.rules import (
    ClassRule,
    CnameRule,
    Edns0Rule,
    NameRule,
    RcodeRule,
    Rule,
    TtlRule,
    TypeRule,
)
from corefile_runtime.plugins.rewrite.answers import Bounds, Follow, OnRecord, RenameOwner, RenameValue
from corefile_runtime.plugins.rewrite.change import Apply, Change
from corefile_runtime.plugins.rewrite.edns0 import compile_edns0
from corefile_runtime.plugins.rewrite.match import (
    Rename,
    compile_match,
    compile_replace,
    otherwise_same,
    replace_pattern,
    swap_domain,
    swap_suffix,
)

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Site


class Compiled(NamedTuple):
    """One rule: what it does, and whether it is the last one when it has fitted."""

    apply: Apply
    stops: bool


def compile_rule(rule: Rule, home: Home, site: Site) -> Compiled:
    """Decide all that can be decided before there is a query."""
    return Compiled(_compile(rule, home, site), rule.mode == "stop")


def _compile(rule: Rule, home: Home, site: Site) -> Apply:
    if isinstance(rule, NameRule):
        return _compile_name(rule)
    if isinstance(rule, TypeRule):
        return _compile_type(TYPES[rule.old], TYPES[rule.new])
    if isinstance(rule, ClassRule):
        return _compile_class(CLASSES[rule.old], CLASSES[rule.new])
    if isinstance(rule, TtlRule):
        return _compile_ttl(rule)
    if isinstance(rule, RcodeRule):
        return _compile_rcode(rule)
    if isinstance(rule, CnameRule):
        return _compile_cname(rule)
    if isinstance(rule, Edns0Rule):
        return compile_edns0(rule, site)
    raise home.refuse(f"no such rule: {type(rule).__name__}")


def _both(rename: Rename) -> tuple[OnRecord, OnRecord]:
    return RenameOwner(rename), RenameValue(rename)


def _compile_name(rule: NameRule) -> Apply:
    replace = compile_replace(rule.match, rule.to)
    kind, text = rule.match.kind, rule.match.text
    fixed: list[OnRecord] = []
    turns_back = rule.auto
    if turns_back and kind in ("exact", "suffix"):  # what must be turned back is known now
        fixed += _both(swap_domain(rule.to, text) if kind == "exact" else swap_suffix(rule.to, text))
        turns_back = False
    for answer in rule.answers:
        rename = otherwise_same(replace_pattern(answer.pattern, answer.to))
        fixed.append((RenameOwner if answer.kind == "name" else RenameValue)(rename))

    def apply(change: Change) -> bool:
        old = change.name
        new = replace(old)
        if new is None:
            return False
        change.rename(new)
        if turns_back:
            change.answers.add(*_both(swap_domain(new, old)))
        if fixed:
            change.answers.add(*fixed)
        return True

    return apply


def _compile_type(old: int, new: int) -> Apply:
    def apply(change: Change) -> bool:
        if change.qtype != old:
            return False
        change.qtype = new
        return True

    return apply


def _compile_class(old: int, new: int) -> Apply:
    def apply(change: Change) -> bool:
        if change.qclass != old:
            return False
        change.qclass = new
        return True

    return apply


def _compile_ttl(rule: TtlRule) -> Apply:
    matches, bounds = compile_match(rule.match), Bounds(rule.least, rule.most)

    def apply(change: Change) -> bool:
        if not matches(change.name):
            return False
        change.answers.add_bounds(bounds)
        return True

    return apply


def _compile_rcode(rule: RcodeRule) -> Apply:
    matches = compile_match(rule.match)

    def apply(change: Change) -> bool:
        if not matches(change.name):
            return False
        change.answers.add_rcode(rule.old, rule.new)
        return True

    return apply


def _compile_cname(rule: CnameRule) -> Apply:
    """It fits every query, as nobody knows yet what the reply will be."""
    follow = Follow(compile_replace(rule.match, rule.to))
    empty = not rule.match.text or not rule.to

    def apply(change: Change) -> bool:
        if not empty:
            change.answers.add_follow(follow)
        return not empty

    return apply
