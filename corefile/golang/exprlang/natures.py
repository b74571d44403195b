"""Types as expr-lang knows them: Go's reflected types, what is unknown, and nil."""

from __future__ import annotations

_INTEGERS = frozenset(
    ("int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr")
)
_FLOATS = frozenset(("float32", "float64"))
_NILLABLE = frozenset(("ptr", "interface", "func", "map", "slice"))


class Nature:
    """The type of a value; `name` is Go's notation for it, and equal names are equal types.

    `kind` is Go's kind, "" where nothing is known. `elem` is what an array, map or pointer holds, `key` the keys of a
    map; `params` and `result` belong to a function. `builtin` names the built-in function that a value is.
    """

    __slots__ = ("builtin", "elem", "key", "kind", "name", "params", "result")

    def __init__(
        self,
        kind: str,
        name: str,
        elem: Nature | None = None,
        key: Nature | None = None,
        params: tuple[Nature, ...] = (),
        result: Nature | None = None,
        builtin: str = "",
    ) -> None:
        self.kind = kind
        self.name = name
        self.elem = elem
        self.key = key
        self.params = params
        self.result = result
        self.builtin = builtin

    @property
    def is_unknown(self) -> bool:
        return self is UNKNOWN or self.name == "interface {}"

    @property
    def is_integer(self) -> bool:
        return self.name in _INTEGERS

    @property
    def is_number(self) -> bool:
        return self.name in _INTEGERS or self.name in _FLOATS

    @property
    def is_array(self) -> bool:
        return self.kind in ("slice", "array")

    def element(self) -> Nature:
        return self.elem or UNKNOWN

    def dereferenced(self) -> Nature:
        """What a pointer points to."""
        nature = self
        while nature.kind == "ptr" and nature.elem is not None:
            nature = nature.elem
        return nature

    def assignable_to(self, other: Nature) -> bool:
        if self is NIL:
            return other.kind in _NILLABLE
        if not self.kind or not other.kind:
            return False
        return other.name == "interface {}" or self.name == other.name

    def comparable_to(self, other: Nature) -> bool:
        return (
            self.is_unknown
            or other.is_unknown
            or NIL in (self, other)
            or (self.is_number and other.is_number)
            or (self.is_array and other.is_array)
            or self.assignable_to(other)
        )


UNKNOWN = Nature("", "unknown")
NIL = Nature("", "nil")
ANY = Nature("interface", "interface {}")
BOOL = Nature("bool", "bool")
INT = Nature("int", "int")
INT64 = Nature("int64", "int64")
FLOAT = Nature("float64", "float64")
STRING = Nature("string", "string")
BYTES = Nature("slice", "[]uint8", Nature("uint8", "uint8"))
TIME = Nature("struct", "time.Time")
DURATION = Nature("int64", "time.Duration")
LOCATION = Nature("ptr", "*time.Location", Nature("struct", "time.Location"))
MAP = Nature("map", "map[string]interface {}", ANY, STRING)
ANY_MAP = Nature("map", "map[interface {}]interface {}", ANY, ANY)
GROUPS = Nature("map", "map[interface {}][]interface {}", ANY, ANY)
POINTER_TO_ANY = Nature("ptr", "*interface {}", ANY)


def array_of(element: Nature) -> Nature:
    """An array, which at run time is always `[]any`, of which we know more."""
    return Nature("slice", "[]interface {}", element)


ARRAY = array_of(ANY)
STRINGS = Nature("slice", "[]string", STRING)
INTS = Nature("slice", "[]int", INT)
FLOATS = Nature("slice", "[]float64", FLOAT)


def function(result: Nature, *params: Nature) -> Nature:
    """A function's type."""
    name = f"func({', '.join(param.name for param in params)}) {result.name}"
    return Nature("func", name, params=params, result=result)


def plain(nature: Nature) -> Nature:
    """A nature as Go's type alone carries it: an array forgets what it was seen to hold."""
    if nature.kind == "slice" and nature.name == "[]interface {}":
        return ARRAY
    return GROUPS if nature.name == GROUPS.name else nature
