"""Functions that look at each element of an array: `look(at)` is the predicate's value for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from corefile.golang.exprlang.closures import Slots, as_bool
from corefile.golang.exprlang.functions import order_of, sorted_by
from corefile.golang.exprlang.values import add, is_array, is_map, type_name
from corefile.golang.faults import EvaluationFault

_Look = Callable[[int], object]


def _find(items: Sequence[object], look: _Look, places: Sequence[int]) -> int | None:
    return next((at for at in places if as_bool(look(at))), None) if items else None


def _find_first(items: Sequence[object], look: _Look, _: object) -> object:
    at = _find(items, look, range(len(items)))
    return None if at is None else items[at]


def _find_last(items: Sequence[object], look: _Look, _: object) -> object:
    at = _find(items, look, range(len(items) - 1, -1, -1))
    return None if at is None else items[at]


def _sum(items: Sequence[object], look: _Look, _: object) -> object:
    total: object = 0
    for at in range(len(items)):
        total = add(look(at), total)
    return total


def _group_by(items: Sequence[object], look: _Look, _: object) -> object:
    groups: dict[object, list[object]] = {}
    for at, item in enumerate(items):
        key = look(at)
        if is_array(key) or is_map(key):
            raise EvaluationFault(f"a value of type {type_name(key)} is no key of a map")
        groups.setdefault(key, []).append(item)
    return groups


def reduce_to(items: Sequence[object], look: _Look, slots: Slots, place: int, first: object, has_first: bool) -> object:
    if not items and not has_first:
        raise EvaluationFault("'reduce' has neither elements nor a first value")
    slots[place] = first if has_first else items[0]
    for at in range(0 if has_first else 1, len(items)):
        slots[place] = look(at)
    return slots[place]


PREDICATES: Mapping[str, Callable[[Sequence[object], _Look, object], object]] = {
    "all": lambda items, look, _: all(as_bool(look(at)) for at in range(len(items))),
    "any": lambda items, look, _: any(as_bool(look(at)) for at in range(len(items))),
    "none": lambda items, look, _: not any(as_bool(look(at)) for at in range(len(items))),
    "one": lambda items, look, _: sum(as_bool(look(at)) for at in range(len(items))) == 1,
    "count": lambda items, look, _: sum(as_bool(look(at)) for at in range(len(items))),
    "filter": lambda items, look, _: [item for at, item in enumerate(items) if as_bool(look(at))],
    "map": lambda items, look, _: [look(at) for at in range(len(items))],
    "find": _find_first,
    "findLast": _find_last,
    "findIndex": lambda items, look, _: _find(items, look, range(len(items))),
    "findLastIndex": lambda items, look, _: _find(items, look, range(len(items) - 1, -1, -1)),
    "sum": _sum,
    "groupBy": _group_by,
    "sortBy": lambda items, look, order: sorted_by(items, [look(at) for at in range(len(items))], order_of(order)),
}
