"""The closures that compiled templates are made of. Each is small, and made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from corefile.golang.faults import EvaluationFault
from corefile.golang.texttemplate.formatting import is_array, is_map, render, sorted_items, type_name
from corefile.golang.texttemplate.functions import TemplateFunction, index, truth
from corefile.golang.texttemplate.nodes import Constant, Operand
from corefile.golang.texttemplate.numbers import Overflow

Frame = list[object]  # the values of variables, by place; `$` is the first
Evaluate = Callable[[object, Frame], object]  # dot and variables → a value
Step = Callable[[object, Frame, list[str]], int]  # prints; the result says how the body is left

GO_ON, BREAK, CONTINUE = range(3)
UNSET = object()


def text_step(text: str) -> Step:
    def step(_dot: object, _frame: Frame, out: list[str]) -> int:
        out.append(text)
        return GO_ON

    return step


def action_step(value: Evaluate, silent: bool) -> Step:
    def step(dot: object, frame: Frame, out: list[str]) -> int:
        result = value(dot, frame)
        if not silent:
            out.append(render(result))
        return GO_ON

    return step


def failing_step(message: str) -> Step:
    def step(_dot: object, _frame: Frame, _out: list[str]) -> int:
        raise EvaluationFault(message)

    return step


def failing(message: str) -> Evaluate:
    def fail(_dot: object, _frame: Frame) -> object:
        raise EvaluationFault(message)

    return fail


def constant(value: object) -> Evaluate:
    if isinstance(value, Overflow):
        return failing(f"{value.text} is too large for an integer")
    return lambda _dot, _frame: value


def variable(place: int, name: str) -> Evaluate:
    def get(_dot: object, frame: Frame) -> object:
        value = frame[place] if place >= 0 else UNSET
        if value is UNSET:
            raise EvaluationFault(f"the variable '{name}' is not set")
        return value

    return get


def storing(value: Evaluate, places: list[int]) -> Evaluate:
    def store(dot: object, frame: Frame) -> object:
        result = value(dot, frame)
        for place in places:
            if place < 0:
                raise EvaluationFault("a variable is set that is not declared")
            frame[place] = result
        return result

    return store


def with_fields(base: Evaluate | None, names: Sequence[str]) -> Evaluate:
    if base is None and len(names) == 1:
        return _field_of_dot(names[0])

    def get(dot: object, frame: Frame) -> object:
        value = dot if base is None else base(dot, frame)
        for at, name in enumerate(names):
            if value is None:
                if at == 0:
                    return None
                raise EvaluationFault(f"nil has no field '{name}'")
            if is_map(value) and name not in value:
                return None  # and all fields of what is missing are missing too
            value = _field(value, name)
        return value

    return get


def _field_of_dot(name: str) -> Evaluate:
    if not (name[:1].isupper() and name.isidentifier()):
        return lambda dot, _: _field(dot, name)
    get = attrgetter(name)

    def field(dot: object, _: Frame) -> object:
        try:
            value = get(dot)
        except AttributeError:
            return _field(dot, name)
        return value if type(value) is str or not callable(value) else called(value, name, [])

    return field


def _field(value: object, name: str) -> object:
    """A field, or what a method without arguments gives; of nil, nil."""
    found = attribute(value, name)
    return called(found, name, []) if callable(found) else found


def attribute(value: object, name: str) -> object:
    if value is None:
        return None
    if is_map(value):
        return value.get(name)
    found = getattr(value, name, UNSET) if name[:1].isupper() else UNSET
    if found is UNSET:
        raise EvaluationFault(f"a value of type {type_name(value)} has no field '{name}'")
    return found


def called(method: Callable[..., object], name: str, values: Sequence[object]) -> object:
    try:
        return method(*values)
    except TypeError:
        raise EvaluationFault(f"the method '{name}' does not take these {len(values)} arguments") from None


def calling(call: Callable[[Sequence[object]], object], values: list[Evaluate]) -> Evaluate:
    if len(values) == 1:
        only = values[0]
        return lambda dot, frame: call((only(dot, frame),))
    return lambda dot, frame: call([value(dot, frame) for value in values])


def checked(name: str, function: TemplateFunction, values: list[Evaluate]) -> Evaluate:
    """A call of a function whose parameters have types."""

    def call(dot: object, frame: Frame) -> object:
        given = [value(dot, frame) for value in values]
        for value, wanted in zip(given, function.params, strict=False):
            if type(value) is not wanted:
                raise EvaluationFault(f"'{name}' takes a {wanted.__name__}, not a value of type {type_name(value)}")
        return function.call(given)

    return call


def index_of(base: Evaluate, key: Evaluate, node: Operand) -> Evaluate:
    """`index x y`, which nearly every template calls: the usual case without a detour."""
    place = node.value if isinstance(node, Constant) and type(node.value) is int else -1

    def get(dot: object, frame: Frame) -> object:
        array = base(dot, frame)
        if place >= 0 and is_array(array) and place < len(array):
            return array[place]
        return index((array, key(dot, frame)))

    return get


def short_circuit(values: list[Evaluate], wanted: bool, piped: bool) -> Evaluate:
    """`and`, `or`: the first value that decides, or the last; what comes through a pipe is there beforehand."""

    def decide(dot: object, frame: Frame) -> object:
        last = values[-1](dot, frame) if piped else None
        result: object = None
        for value in values[:-1] if piped else values:
            result = value(dot, frame)
            if truth(result) is wanted:
                return result
        return last if piped else result

    return decide


def items_of(value: object, variables: int) -> list[tuple[object, object]]:
    """Keys and values of what `range` goes over."""
    if value is None:
        return []
    if is_array(value):
        return list(enumerate(value))
    if is_map(value):
        return sorted_items(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if variables > 1:
            raise EvaluationFault("'range' over a number sets one variable only")
        return [(None, number) for number in range(value)]
    raise EvaluationFault(f"'range' cannot go over a value of type {type_name(value)}")
