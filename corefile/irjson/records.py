"""The fields of a config, read from its annotations: JSON and its schema are generated from them.

A record is a frozen dataclass or a named tuple. Where an annotation allows several of them, each says which it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from types import UnionType
from typing import Any, NamedTuple, Union, cast, get_args, get_origin, get_type_hints


class Member(NamedTuple):
    """One value of a record. `choices` are the records that it may be or contain; with several they are tagged."""

    name: str
    hint: Any
    choices: tuple[type, ...]

    @property
    def tagged(self) -> bool:
        """Whether its records need a word that tells them apart."""
        return len(self.choices) > 1


@cache
def members(record: type) -> tuple[Member, ...]:
    """The values of a record that take part in its equality, in their order."""
    hints = get_type_hints(record)
    return tuple(Member(name, hints[name], tuple(choices(hints[name]))) for name in _names(record))


def is_record(hint: object) -> bool:
    """Whether a type is a dataclass or a named tuple."""
    return isinstance(hint, type) and any(hasattr(hint, mark) for mark in ("__dataclass_fields__", "_fields"))


def alternatives(hint: Any) -> tuple[Any, ...]:
    """The types that an annotation allows: those of a union, and the kinds of a record that has kinds."""
    if get_origin(hint) in (Union, UnionType):
        return tuple(found for argument in get_args(hint) for found in alternatives(argument))
    return tuple(_kinds(hint)) if is_record(hint) else (hint,)


def choices(hint: Any) -> Iterator[type]:
    """The records that an annotation names, also inside tuples and mappings."""
    for found in alternatives(hint):
        if is_record(found):
            yield found
        else:
            for argument in get_args(found):
                yield from choices(argument)


TAG = "type"
"""The word under which a record says which it is."""


def tag(record: type) -> str:
    """The word that tells a record from others in its place: its name in small letters."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in record.__name__).strip("_")


def _kinds(record: type) -> Iterator[type]:
    subclasses: list[type] = record.__subclasses__()
    # A dataclass with slots is made twice; what was first has no slots and is nobody's.
    below = [found for found in subclasses if "__slots__" in vars(found)]
    if not below:
        yield record
    for found in below:
        yield from _kinds(found)


def _names(record: type) -> tuple[str, ...]:
    names: tuple[str, ...] | None = vars(record).get("_fields")
    return names or tuple(field.name for field in fields(cast(Any, record)) if field.compare)
