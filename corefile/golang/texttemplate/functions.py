"""The functions of text/template, and the one that CoreDNS adds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from corefile.golang.faults import EvaluationFault, ValueFault
from corefile.golang.texttemplate.formatting import is_array, is_map, sprint, sprintf, sprintln, type_name
from corefile.golang.values import parse_uint


class StringMap(dict[str, str]):
    """Go's `map[string]string`: the value of a key that is missing is "" to `index`, where another map gives nil."""

    __slots__ = ()


class TemplateFunction:
    """A function: `call` takes the values; `least` and `most` (None: any number) say how many.

    `params` are the types that are asked for, where a function is not open to all.
    """

    __slots__ = ("call", "least", "most", "params")

    def __init__(
        self,
        call: Callable[[Sequence[object]], object],
        least: int,
        most: int | None,
        params: tuple[type, ...] = (),
    ) -> None:
        self.call = call
        self.least = least
        self.most = most
        self.params = params


class NilPointer:
    """A pointer of some type to nothing: false, without fields, and written differently from nil itself."""

    def __str__(self) -> str:
        return "<nil>"


def truth(value: object) -> bool:
    """What `if` thinks of a value: empty, zero, false and nil are false."""
    if value is None:
        return False
    if isinstance(value, (str, bool, int, float, complex)) or is_array(value) or is_map(value):
        return bool(value)
    return not isinstance(value, NilPointer)


def _parse_int(values: Sequence[object]) -> int:
    """`strconv.ParseUint(text, base, bits)`, which CoreDNS calls `parseInt`."""
    text, base, bits = values
    assert isinstance(text, str)
    assert isinstance(base, int)
    assert isinstance(bits, int)
    if base not in (0, *range(2, 37)) or not 0 <= bits <= 64:
        raise EvaluationFault(f"parseInt of base {base} and {bits} bits: bases 2 to 36 and up to 64 bits are allowed")
    try:
        return parse_uint(text, bits or 64, base)
    except ValueFault as fault:
        raise EvaluationFault(f"parseInt: {fault.message}") from None


COREDNS_FUNCTIONS: Mapping[str, TemplateFunction] = {"parseInt": TemplateFunction(_parse_int, 3, 3, (str, int, int))}


def index(values: Sequence[object]) -> object:
    """`index x 1 "k"` is `x[1]["k"]`."""
    item = values[0]
    if item is None:
        raise EvaluationFault("index of nil")
    for key in values[1:]:
        item = _indexed(item, key)
    return item


def _indexed(item: object, key: object) -> object:
    if isinstance(item, str) or is_array(item):
        array: Sequence[object] = item.encode("utf-8", "surrogateescape") if isinstance(item, str) else item
        at = _position(key, len(array))
        if at >= len(array):
            raise EvaluationFault(f"index {at} is out of range: there are {len(array)} elements")
        return array[at]
    if is_map(item):
        if not isinstance(key, str):
            raise EvaluationFault(f"a map's key is of type {type_name(key)}: a string is allowed")
        return item.get(key, "" if isinstance(item, StringMap) else None)
    raise EvaluationFault(f"a value of type {type_name(item)} cannot be indexed")


def _position(key: object, size: int) -> int:
    if not isinstance(key, int) or isinstance(key, bool):
        raise EvaluationFault(f"an index is of type {type_name(key)}: an integer is allowed")
    if not 0 <= key <= size:
        raise EvaluationFault(f"index {key} is out of range: there are {size} elements")
    return key


def _slice(values: Sequence[object]) -> object:
    item, bounds = values[0], values[1:]
    if len(bounds) > 3 or (isinstance(item, str) and len(bounds) == 3):
        raise EvaluationFault(f"slice takes fewer than {len(bounds)} indexes here")
    if not isinstance(item, str) and not is_array(item):
        raise EvaluationFault(f"a value of type {type_name(item)} cannot be sliced")
    array: Sequence[object] = item.encode("utf-8", "surrogateescape") if isinstance(item, str) else item
    places = [_position(bound, len(array)) for bound in bounds]
    start, end = (*places, *(0, len(array))[len(places) :])[:2]
    if start > end or places != sorted(places):
        raise EvaluationFault(f"slice begins at {start}, after its end")
    part = array[start:end]
    return part.decode("utf-8", "surrogateescape") if isinstance(part, bytes) else part


def _len(values: Sequence[object]) -> int:
    item = values[0]
    if isinstance(item, str):
        return len(item) if item.isascii() else len(item.encode("utf-8", "surrogateescape"))
    if is_array(item) or is_map(item):
        return len(item)
    raise EvaluationFault(f"a value of type {type_name(item)} has no length")


def _kind(value: object) -> type | None:
    """The comparable kind of a value, None for all that only nil compares with."""
    kind = type(value)
    return kind if kind in (bool, int, float, complex, str) else None


def _eq(values: Sequence[object]) -> bool:
    if len(values) < 2:
        raise EvaluationFault("eq lacks something to compare with")
    return any(_equal(values[0], other) for other in values[1:])


def _equal(first: object, second: object) -> bool:
    kind = _kind(first)
    if kind is not _kind(second):
        if first is None or second is None:
            return False
        raise _incomparable(first, second)
    if kind is not None:
        return first == second
    if first is None or second is None:
        return first is second
    if type(first) is not type(second) or is_array(first) or is_map(first):
        raise _incomparable(first, second)
    return first is second


def _lt(values: Sequence[object]) -> bool:
    first, second = values
    if isinstance(first, str) and isinstance(second, str):
        return first < second
    if type(first) is int and type(second) is int:
        return first < second
    if type(first) is float and type(second) is float:
        return first < second
    raise _incomparable(first, second)


def _le(values: Sequence[object]) -> bool:
    return _lt(values) or _eq(values)


def _incomparable(first: object, second: object) -> EvaluationFault:
    return EvaluationFault(f"values of types {type_name(first)} and {type_name(second)} cannot be compared")


_HTML = str.maketrans({'"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;", "\0": "\ufffd"})
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"'}


def _shown(values: Sequence[object]) -> str:
    return sprint(["<no value>" if value is None else value for value in values])


def _html(values: Sequence[object]) -> str:
    return _shown(values).translate(_HTML)


def _js(values: Sequence[object]) -> str:
    return "".join(_js_char(char) for char in _shown(values))


def _js_char(char: str) -> str:
    if char in _JS:
        return _JS[char]
    if char in "<>&=" or char < " " or not (char.isprintable() or char == "\x7f"):
        return f"\\u{ord(char):04X}"
    return char


def _urlquery(values: Sequence[object]) -> str:
    from urllib.parse import quote_plus

    return quote_plus(_shown(values), errors="surrogateescape")


def _printf(values: Sequence[object]) -> str:
    return sprintf(str(values[0]), values[1:])


def _call(values: Sequence[object]) -> object:
    raise EvaluationFault(f"a value of type {type_name(values[0])} is no function")


def _unreachable(_: Sequence[object]) -> object:
    raise AssertionError("and, or are compiled")


BUILTINS: Mapping[str, TemplateFunction] = {
    "and": TemplateFunction(_unreachable, 1, None),
    "or": TemplateFunction(_unreachable, 1, None),
    "not": TemplateFunction(lambda values: not truth(values[0]), 1, 1),
    "call": TemplateFunction(_call, 1, None),
    "html": TemplateFunction(_html, 0, None),
    "js": TemplateFunction(_js, 0, None),
    "urlquery": TemplateFunction(_urlquery, 0, None),
    "index": TemplateFunction(index, 1, None),
    "slice": TemplateFunction(_slice, 1, None),
    "len": TemplateFunction(_len, 1, 1),
    "print": TemplateFunction(sprint, 0, None),
    "printf": TemplateFunction(_printf, 1, None, (str,)),
    "println": TemplateFunction(sprintln, 0, None),
    "eq": TemplateFunction(_eq, 1, None),
    "ne": TemplateFunction(lambda values: not _eq(values), 2, 2),
    "lt": TemplateFunction(_lt, 2, 2),
    "le": TemplateFunction(_le, 2, 2),
    "gt": TemplateFunction(lambda values: not _le(values), 2, 2),
    "ge": TemplateFunction(lambda values: not _lt(values), 2, 2),
}
