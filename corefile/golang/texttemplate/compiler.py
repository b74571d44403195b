"""Templates as closures: what can be decided beforehand is, and a run only looks at data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter

from corefile.golang.faults import EvaluationFault
from corefile.golang.texttemplate.formatting import is_array, is_map, printer, render, sorted_items, type_name
from corefile.golang.texttemplate.functions import BUILTINS, COREDNS_FUNCTIONS, TemplateFunction, index, truth
from corefile.golang.texttemplate.nodes import (
    Action,
    Branch,
    Chain,
    Constant,
    Dot,
    Field,
    Function,
    Invoke,
    Leave,
    Nil,
    Operand,
    Pipeline,
    Statement,
    Template,
    Text,
    Variable,
)
from corefile.golang.texttemplate.numbers import Overflow

Frame = list[object]  # the values of variables, by place; `$` is the first
Evaluate = Callable[[object, Frame], object]  # dot and variables → a value
Step = Callable[[object, Frame, list[str]], int]  # prints; the result says how the body is left

_GO_ON, _BREAK, _CONTINUE = range(3)
_UNSET = object()


def compile_template(
    template: Template, functions: Mapping[str, TemplateFunction] = COREDNS_FUNCTIONS
) -> Callable[[object], str]:
    """A function from the data to the text.

    Fields of data are attributes with capital letters (and keys of dicts); methods are attributes that can be called.
    The function raises EvaluationFault where Go's execution would fail.
    """
    try:
        return _whole(template, functions)
    except RecursionError:
        raise EvaluationFault("the template nests too deeply to run") from None


def evaluate(template: Template, data: object, functions: Mapping[str, TemplateFunction] = COREDNS_FUNCTIONS) -> str:
    """The text of a template for `data`; see `compile_template`."""
    return compile_template(template, functions)(data)


def _whole(template: Template, functions: Mapping[str, TemplateFunction]) -> Callable[[object], str]:
    compiler = _Compiler(template, functions)
    flat = _flat(compiler, template.body)
    if flat is not None:
        return flat
    steps, size = compiler.body_of(template.body)

    def run(data: object) -> str:
        out: list[str] = []
        frame = [data] + [_UNSET] * size
        try:
            for step in steps:
                step(data, frame, out)
        except RecursionError:
            raise EvaluationFault("templates invoke each other without end") from None
        return "".join(out)

    return run


def _flat(compiler: _Compiler, body: list[Statement]) -> Callable[[object], str] | None:
    """The quick way for a template of text and actions without variables of its own."""
    parts: list[str | Evaluate] = []
    for node in body:
        if isinstance(node, Text):
            parts.append(node.text)
        elif isinstance(node, Action) and not node.pipeline.variables:
            parts.append(compiler.pipeline(node.pipeline))
        else:
            return None
    if compiler.size:
        return None
    places = [(at, part) for at, part in enumerate(parts) if not isinstance(part, str)]
    pieces = [part if isinstance(part, str) else "" for part in parts]

    def run(data: object) -> str:
        out = pieces.copy()
        frame: Frame = [data]
        for at, part in places:
            value = part(data, frame)
            out[at] = value if type(value) is str else render(value)
        return "".join(out)

    return run


class _Compiler:
    """Compiles the bodies of one template; variables become places in a frame."""

    def __init__(self, template: Template, functions: Mapping[str, TemplateFunction]) -> None:
        self._template = template
        self._functions = functions
        self._scope: list[tuple[str, int]] = [("$", 0)]
        self._invoked: dict[str, tuple[list[Step], list[int]]] = {}
        self.size = 0

    def body_of(self, body: list[Statement]) -> tuple[list[Step], int]:
        """The steps of a body with variables of its own, and how many there are besides `$`."""
        scope, size = self._scope, self.size
        self._scope, self.size = [("$", 0)], 0
        steps = self._steps(body)
        own = self.size
        self._scope, self.size = scope, size
        return steps, own

    # Statements.

    def _steps(self, body: list[Statement]) -> list[Step]:
        return [self._step(node) for node in body]

    def _step(self, node: Statement) -> Step:
        if isinstance(node, Text):
            return _text_step(node.text)
        if isinstance(node, Action):
            return _action_step(self.pipeline(node.pipeline), silent=bool(node.pipeline.variables))
        if isinstance(node, Leave):
            code = _BREAK if node.keyword == "break" else _CONTINUE
            return lambda _dot, _frame, _out: code
        if isinstance(node, Invoke):
            return self._invoke(node)
        known = len(self._scope)
        step = self._range(node) if node.keyword == "range" else self._condition(node)
        del self._scope[known:]
        return step

    def _condition(self, node: Branch) -> Step:
        test = self.pipeline(node.pipeline)
        known = len(self._scope)
        body = self._steps(node.body)
        del self._scope[known:]
        otherwise = self._steps(node.otherwise)
        rebinds = node.keyword == "with"

        def step(dot: object, frame: Frame, out: list[str]) -> int:
            value = test(dot, frame)
            steps = otherwise
            if truth(value):
                steps = body
                dot = value if rebinds else dot
            for inner in steps:
                if left := inner(dot, frame, out):
                    return left
            return _GO_ON

        return step

    def _range(self, node: Branch) -> Step:
        pipeline = node.pipeline
        source = self.pipeline(pipeline)
        places = [self._place(name) for name in pipeline.variables]
        known = len(self._scope)
        body = self._steps(node.body)
        del self._scope[known:]
        otherwise = self._steps(node.otherwise)

        def step(dot: object, frame: Frame, out: list[str]) -> int:
            items = _items(source(dot, frame), len(places))
            for key, item in items:
                if places:
                    frame[places[-1]] = item
                    if len(places) > 1:
                        frame[places[0]] = key
                for inner in body:
                    left = inner(item, frame, out)
                    if left == _BREAK:
                        return _GO_ON
                    if left:
                        break
            if not items:
                for inner in otherwise:
                    if left := inner(dot, frame, out):
                        return left
            return _GO_ON

        return step

    def _invoke(self, node: Invoke) -> Step:
        dot_of = self.pipeline(node.pipeline) if node.pipeline is not None else None
        body = self._template.definitions.get(node.name)
        if body is None:
            return _failing_step(f"the template '{node.name}' is not defined")
        if node.name not in self._invoked:
            steps: list[Step] = []
            sizes: list[int] = []
            self._invoked[node.name] = steps, sizes
            own, size = self.body_of(body)
            steps += own
            sizes.append(size)
        steps, sizes = self._invoked[node.name]

        def step(dot: object, frame: Frame, out: list[str]) -> int:
            inner = dot_of(dot, frame) if dot_of is not None else None
            variables: Frame = [inner] + [_UNSET] * sizes[0]
            for part in steps:
                part(inner, variables, out)
            return _GO_ON

        return step

    # Pipelines and commands.

    def pipeline(self, node: Pipeline) -> Evaluate:
        value: Evaluate | None = None
        for words in node.commands:
            value = self._command(words, value)
        assert value is not None
        if not node.variables:
            return value
        if node.assigns:
            places = [self._place(name) for name in node.variables]
        else:
            places = [self._declare(name) for name in node.variables]
        return _storing(value, places)

    def _declare(self, name: str) -> int:
        self.size += 1
        self._scope.append((name, self.size))
        return self.size

    def _place(self, name: str) -> int:
        """The place of a variable, or -1 for one that this branch never declared: Go finds that out when it runs."""
        return next((place for known, place in reversed(self._scope) if known == name), -1)

    def _command(self, words: list[Operand], last: Evaluate | None) -> Evaluate:
        first, arguments = words[0], words[1:]
        if isinstance(first, Function):
            return self._function(first.name, arguments, last)
        if isinstance(first, (Field, Variable, Chain)) and (arguments or last is not None) and first.names:
            return self._method(first, arguments, last)
        if arguments or last is not None:
            return _failing("a value that is no function is given arguments")
        if isinstance(first, Nil):
            return _failing("nil is no command")
        return self._operand(first)

    def _operand(self, node: Operand) -> Evaluate:
        if isinstance(node, Constant):
            return _constant(node.value)
        if isinstance(node, Dot):
            return lambda dot, _: dot
        if isinstance(node, Nil):
            return lambda _dot, _frame: None
        if isinstance(node, Function):
            return self._function(node.name, [], None)
        if isinstance(node, Pipeline):
            return self.pipeline(node)
        return _with_fields(self._base(node), node.names)

    def _base(self, node: Field | Variable | Chain) -> Evaluate | None:
        """What fields are taken of; None is dot."""
        if isinstance(node, Field):
            return None
        if isinstance(node, Chain):
            return self._operand(node.operand)
        return _variable(self._place(node.name), node.name)

    def _method(self, node: Field | Variable | Chain, arguments: list[Operand], last: Evaluate | None) -> Evaluate:
        receiver = _with_fields(self._base(node), node.names[:-1])
        name = node.names[-1]
        values = self._arguments(arguments, last, ())

        def call(dot: object, frame: Frame) -> object:
            method = _attribute(receiver(dot, frame), name)
            if not callable(method):
                raise EvaluationFault(f"the field '{name}' is no method, but is given arguments")
            return _called(method, name, [value(dot, frame) for value in values])

        return call

    def _arguments(self, nodes: list[Operand], last: Evaluate | None, params: tuple[type, ...]) -> list[Evaluate]:
        values = [
            self._typed(node, params[at]) if at < len(params) else self._operand(node) for at, node in enumerate(nodes)
        ]
        if last is not None:
            values.append(last)
        return values

    def _typed(self, node: Operand, wanted: type) -> Evaluate:
        """An argument for a parameter with a type: a number without a point may serve as an integer, and so on."""
        if isinstance(node, Constant) and wanted is int and not isinstance(node.value, (str, bool)):
            return _constant(node.integer) if node.integer is not None else _failing("a number is no integer")
        return self._operand(node)

    def _function(self, name: str, nodes: list[Operand], last: Evaluate | None) -> Evaluate:
        function = self._functions.get(name) or BUILTINS[name]
        given = len(nodes) + (last is not None)
        if given < function.least or (function.most is not None and given > function.most):
            return _failing(f"'{name}' is given {given} arguments")
        values = self._arguments(nodes, last, function.params)
        if name in ("and", "or") and name not in self._functions:
            return _short_circuit(values, name == "or", last is not None)
        if name == "index" and name not in self._functions and len(values) == 2 and last is None:
            return _index(values[0], values[1], nodes[1])
        if name == "printf" and name not in self._functions and (text := _text_of(nodes)) is not None:
            return _calling(printer(text), values[1:])
        if function.params:
            return _checked(name, function, values)
        return _calling(function.call, values)


def _text_of(nodes: list[Operand]) -> str | None:
    """The text of a `printf`, if it is written down."""
    first = nodes[0] if nodes else None
    return first.value if isinstance(first, Constant) and isinstance(first.value, str) else None


# The closures. Each is small, and made once.


def _text_step(text: str) -> Step:
    def step(_dot: object, _frame: Frame, out: list[str]) -> int:
        out.append(text)
        return _GO_ON

    return step


def _action_step(value: Evaluate, silent: bool) -> Step:
    def step(dot: object, frame: Frame, out: list[str]) -> int:
        result = value(dot, frame)
        if not silent:
            out.append(render(result))
        return _GO_ON

    return step


def _failing_step(message: str) -> Step:
    def step(_dot: object, _frame: Frame, _out: list[str]) -> int:
        raise EvaluationFault(message)

    return step


def _failing(message: str) -> Evaluate:
    def fail(_dot: object, _frame: Frame) -> object:
        raise EvaluationFault(message)

    return fail


def _constant(value: object) -> Evaluate:
    if isinstance(value, Overflow):
        return _failing(f"{value.text} is too large for an integer")
    return lambda _dot, _frame: value


def _variable(place: int, name: str) -> Evaluate:
    def get(_dot: object, frame: Frame) -> object:
        value = frame[place] if place >= 0 else _UNSET
        if value is _UNSET:
            raise EvaluationFault(f"the variable '{name}' is not set")
        return value

    return get


def _storing(value: Evaluate, places: list[int]) -> Evaluate:
    def store(dot: object, frame: Frame) -> object:
        result = value(dot, frame)
        for place in places:
            if place < 0:
                raise EvaluationFault("a variable is set that is not declared")
            frame[place] = result
        return result

    return store


def _with_fields(base: Evaluate | None, names: Sequence[str]) -> Evaluate:
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
        return value if type(value) is str or not callable(value) else _called(value, name, [])

    return field


def _field(value: object, name: str) -> object:
    """A field, or what a method without arguments gives; of nil, nil."""
    found = _attribute(value, name)
    return _called(found, name, []) if callable(found) else found


def _attribute(value: object, name: str) -> object:
    if value is None:
        return None
    if is_map(value):
        return value.get(name)
    found = getattr(value, name, _UNSET) if name[:1].isupper() else _UNSET
    if found is _UNSET:
        raise EvaluationFault(f"a value of type {type_name(value)} has no field '{name}'")
    return found


def _called(method: Callable[..., object], name: str, values: Sequence[object]) -> object:
    try:
        return method(*values)
    except TypeError:
        raise EvaluationFault(f"the method '{name}' does not take these {len(values)} arguments") from None


def _calling(call: Callable[[Sequence[object]], object], values: list[Evaluate]) -> Evaluate:
    if len(values) == 1:
        only = values[0]
        return lambda dot, frame: call((only(dot, frame),))
    return lambda dot, frame: call([value(dot, frame) for value in values])


def _checked(name: str, function: TemplateFunction, values: list[Evaluate]) -> Evaluate:
    """A call of a function whose parameters have types."""

    def call(dot: object, frame: Frame) -> object:
        given = [value(dot, frame) for value in values]
        for value, wanted in zip(given, function.params, strict=False):
            if type(value) is not wanted:
                raise EvaluationFault(f"'{name}' takes a {wanted.__name__}, not a value of type {type_name(value)}")
        return function.call(given)

    return call


def _index(base: Evaluate, key: Evaluate, node: Operand) -> Evaluate:
    """`index x y`, which nearly every template calls: the usual case without a detour."""
    place = node.value if isinstance(node, Constant) and type(node.value) is int else -1

    def get(dot: object, frame: Frame) -> object:
        array = base(dot, frame)
        if place >= 0 and is_array(array) and place < len(array):
            return array[place]
        return index((array, key(dot, frame)))

    return get


def _short_circuit(values: list[Evaluate], wanted: bool, piped: bool) -> Evaluate:
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


def _items(value: object, variables: int) -> list[tuple[object, object]]:
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
