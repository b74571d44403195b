"""Name matchers of rules: which names match and what becomes of them, as text with a final dot."""

from __future__ import annotations

from collections.abc import Callable

from corefile.golang.regexp import compile_regexp
from corefile.plugins.rewrite.rules import Match

Matches = Callable[[str], bool]
Rename = Callable[[str], str]
"""A name that is not meant comes back as it was."""
Replace = Callable[[str], "str | None"]
"""None for a name that is not meant."""


def compile_match(match: Match) -> Matches:
    """Whether a name is meant."""
    kind, text = match.kind, match.text
    if kind == "exact":
        return text.__eq__
    if kind == "prefix":
        return lambda name: name.startswith(text)
    if kind == "suffix":
        return lambda name: name.endswith(text)
    if kind == "substring":
        return lambda name: text in name
    return compile_regexp(text).matches


def compile_replace(match: Match, to: str) -> Replace:
    """What becomes of a name that is meant."""
    kind, text = match.kind, match.text
    if kind == "exact":
        return lambda name: to if name == text else None
    if kind == "prefix":
        return lambda name: to + name[len(text) :] if name.startswith(text) else None
    if kind == "suffix":
        return lambda name: name[: len(name) - len(text)] + to if name.endswith(text) else None
    if kind == "substring":
        return lambda name: name.replace(text, to) if text in name else None
    return replace_pattern(text, to)


def replace_pattern(pattern: str, to: str) -> Replace:
    """`to` with `{1}` and the like replaced by what the groups have found; `{0}` is all that was found."""
    regexp = compile_regexp(pattern)
    find, matches = regexp.find, regexp.matches
    if "{" not in to:
        return lambda name: to if matches(name) else None
    marks = [f"{{{number}}}" for number in range(len(regexp.names))]

    def replace(name: str) -> str | None:
        found = find(name)
        if found is None:
            return None
        out = to
        # One after the other, in what has been put in as well: so does CoreDNS.
        for mark, group in zip(marks, found, strict=True):
            out = out.replace(mark, group)
        return out

    return replace


def otherwise_same(replace: Replace) -> Rename:
    """Names that are not meant stay."""

    def rename(name: str) -> str:
        out = replace(name)
        return name if out is None else out

    return rename


def swap_suffix(suffix: str, to: str) -> Rename:
    """For names that end so, even in the middle of a label."""
    return lambda name: name[: len(name) - len(suffix)] + to if name.endswith(suffix) else name


def swap_domain(domain: str, to: str) -> Rename:
    """For a name and all below it."""
    below = "." + domain

    def rename(name: str) -> str:
        if name == domain:
            return to
        return name[: len(name) - len(domain)] + to if name.endswith(below) else name

    return rename
