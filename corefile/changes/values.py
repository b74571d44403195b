"""Differences between two configs of one plugin, property by property."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import NamedTuple, TypeGuard, TypeVar

from corefile.ir.program import Config
from corefile.ir.url_secrets import without_url_secrets
from corefile.ir.values import Duration, Secret

T = TypeVar("T")


class Difference(NamedTuple):
    """A property's path (`success.max_ttl`), its old and its new value as text, empty where there is none.

    `what` is `changed` for one value in the place of another, `added` and `removed` for one of several, `order` for the
    same ones in another order, `secret` for something that differs only in what is never shown.
    """

    path: str
    what: str
    old: str
    new: str


def compare(old: object, new: object, path: str = "") -> Iterator[Difference]:
    """All differences between two values of one type; none for equal ones."""
    if old == new:
        return
    if is_dataclass(old) and is_dataclass(new) and type(old) is type(new):
        for each in fields(old):
            below = f"{path}.{each.name}" if path else each.name
            yield from compare(getattr(old, each.name), getattr(new, each.name), below)
    elif _is_list(old) and _is_list(new):
        yield from _compare_lists(old, new, path)
    else:
        shown = render_value(old), render_value(new)
        yield Difference(path, "secret" if shown[0] == shown[1] and type(old) is type(new) else "changed", *shown)


def _compare_lists(old: Sequence[object], new: Sequence[object], path: str) -> Iterator[Difference]:
    """Lists as a whole come and go by their members."""
    gone, come = without(old, new), without(new, old)
    if not gone and not come:
        listed = ", ".join(render_value(value) for value in old), ", ".join(render_value(value) for value in new)
        yield Difference(path, "order", *listed)
        return
    for value in [value for value in gone if render_value(value) in [render_value(other) for other in come]]:
        gone.remove(value)
        come.remove(next(other for other in come if render_value(other) == render_value(value)))
        yield Difference(path, "secret", _label(value), "")
    for value in gone:
        yield Difference(path, "removed", render_value(value), "")
    for value in come:
        yield Difference(path, "added", "", render_value(value))


def _is_list(value: object) -> TypeGuard[tuple[object, ...]]:
    return isinstance(value, tuple)


def without(values: Sequence[T], others: Sequence[T]) -> list[T]:
    """The values that the others lack, counted."""
    left = list(others)
    found: list[T] = []
    for value in values:
        if value in left:
            left.remove(value)
        else:
            found.append(value)
    return found


def _label(value: object) -> str:
    """A short name for a structured value: its first field."""
    first = getattr(value, fields(value)[0].name) if is_dataclass(value) else ""
    return "" if isinstance(first, Secret) else render_value(first)


def similarity(old: Config, new: Config) -> int:
    """How many fields two configs share: which use of a plugin became which."""
    return sum(getattr(old, each.name) == getattr(new, each.name) for each in fields(old))


def render_value(value: object) -> str:
    """A value as people write it: `30s`, `on`, `192.0.2.1, 192.0.2.2`; secrets are never shown."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return ""
    if isinstance(value, Secret):
        return "redacted"
    if isinstance(value, Duration):
        return render_duration(value)
    if _is_list(value):
        return ", ".join(map(render_value, value))
    if is_dataclass(value) and not isinstance(value, type):
        if type(value).__str__ is not object.__str__:
            return without_url_secrets(str(value))
        return " ".join(_field_texts(value))
    return without_url_secrets(str(value))


def _field_texts(value: object) -> Iterator[str]:
    """The fields of a structured value that are not as in a fresh one; the first without its name."""
    assert is_dataclass(value)
    for index, each in enumerate(fields(value)):
        here = getattr(value, each.name)
        if here == each.default:
            continue
        text = render_value(here)
        yield text if index == 0 else f"{each.name}={text}"


def render_duration(value: Duration) -> str:
    """A duration without the zeros that Go prints: `1h`, `1m30s`."""
    text = str(value)
    if text.endswith("m0s"):
        text = text[:-2]
    return text[:-2] if text.endswith("h0m") else text
