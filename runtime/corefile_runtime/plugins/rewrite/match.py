"""Name matchers of rules: which names match and what becomes of them, as text with a final dot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from corefile.plugins.rewrite.rules import Match

Matches = Callable[[str], bool]
Rename = Callable[[str], str]
"""A name that is not meant comes back as it was."""
Replace = Callable[[str], "str | None"]
"""None for a name that is not meant."""


class _Found(Protocol):
    def group(self, number: int, /) -> str | None: ...

    def groups(self) -> tuple[str | None, ...]: ...


Search = Callable[[str], "_Found | None"]


def compile_pattern(pattern: str) -> Search:
    """The search of a regular expression in Go's syntax."""
    import re2

    return cast("Search", re2.compile(pattern).search)


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
    search = compile_pattern(text)
    return lambda name: search(name) is not None


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
    search = compile_pattern(pattern)
    if "{" not in to:
        return lambda name: to if search(name) is not None else None

    def replace(name: str) -> str | None:
        found = search(name)
        if found is None:
            return None
        out = to
        # One after the other, in what has been put in as well: so does CoreDNS.
        for number, group in enumerate((found.group(0), *found.groups())):
            out = out.replace(f"{{{number}}}", group or "")
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
