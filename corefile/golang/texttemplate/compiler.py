"""Templates as closures: what can be decided beforehand is, and a run only looks at data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from corefile.golang.faults import EvaluationFault
from corefile.golang.texttemplate.closures import (
    BREAK,
    CONTINUE,
    GO_ON,
    UNSET,
    Evaluate,
    Frame,
    Step,
    action_step,
    attribute,
    called,
    calling,
    checked,
    constant,
    failing,
    failing_step,
    index_of,
    items_of,
    short_circuit,
    storing,
    text_step,
    variable,
    with_fields,
)
from corefile.golang.texttemplate.formatting import printer, render
from corefile.golang.texttemplate.functions import BUILTINS, COREDNS_FUNCTIONS, TemplateFunction, truth
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
        frame = [data] + [UNSET] * size
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
            return text_step(node.text)
        if isinstance(node, Action):
            return action_step(self.pipeline(node.pipeline), silent=bool(node.pipeline.variables))
        if isinstance(node, Leave):
            code = BREAK if node.keyword == "break" else CONTINUE
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
            return GO_ON

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
            items = items_of(source(dot, frame), len(places))
            for key, item in items:
                if places:
                    frame[places[-1]] = item
                    if len(places) > 1:
                        frame[places[0]] = key
                for inner in body:
                    left = inner(item, frame, out)
                    if left == BREAK:
                        return GO_ON
                    if left:
                        break
            if not items:
                for inner in otherwise:
                    if left := inner(dot, frame, out):
                        return left
            return GO_ON

        return step

    def _invoke(self, node: Invoke) -> Step:
        dot_of = self.pipeline(node.pipeline) if node.pipeline is not None else None
        body = self._template.definitions.get(node.name)
        if body is None:
            return failing_step(f"the template '{node.name}' is not defined")
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
            variables: Frame = [inner] + [UNSET] * sizes[0]
            for part in steps:
                part(inner, variables, out)
            return GO_ON

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
        return storing(value, places)

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
            return failing("a value that is no function is given arguments")
        if isinstance(first, Nil):
            return failing("nil is no command")
        return self._operand(first)

    def _operand(self, node: Operand) -> Evaluate:
        if isinstance(node, Constant):
            return constant(node.value)
        if isinstance(node, Dot):
            return lambda dot, _: dot
        if isinstance(node, Nil):
            return lambda _dot, _frame: None
        if isinstance(node, Function):
            return self._function(node.name, [], None)
        if isinstance(node, Pipeline):
            return self.pipeline(node)
        return with_fields(self._base(node), node.names)

    def _base(self, node: Field | Variable | Chain) -> Evaluate | None:
        """What fields are taken of; None is dot."""
        if isinstance(node, Field):
            return None
        if isinstance(node, Chain):
            return self._operand(node.operand)
        return variable(self._place(node.name), node.name)

    def _method(self, node: Field | Variable | Chain, arguments: list[Operand], last: Evaluate | None) -> Evaluate:
        receiver = with_fields(self._base(node), node.names[:-1])
        name = node.names[-1]
        values = self._arguments(arguments, last, ())

        def call(dot: object, frame: Frame) -> object:
            method = attribute(receiver(dot, frame), name)
            if not callable(method):
                raise EvaluationFault(f"the field '{name}' is no method, but is given arguments")
            return called(method, name, [value(dot, frame) for value in values])

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
            return constant(node.integer) if node.integer is not None else failing("a number is no integer")
        return self._operand(node)

    def _function(self, name: str, nodes: list[Operand], last: Evaluate | None) -> Evaluate:
        function = self._functions.get(name) or BUILTINS[name]
        given = len(nodes) + (last is not None)
        if given < function.least or (function.most is not None and given > function.most):
            return failing(f"'{name}' is given {given} arguments")
        values = self._arguments(nodes, last, function.params)
        if name in ("and", "or") and name not in self._functions:
            return short_circuit(values, name == "or", last is not None)
        if name == "index" and name not in self._functions and len(values) == 2 and last is None:
            return index_of(values[0], values[1], nodes[1])
        if name == "printf" and name not in self._functions and (text := _text_of(nodes)) is not None:
            return calling(printer(text), values[1:])
        if function.params:
            return checked(name, function, values)
        return calling(function.call, values)


def _text_of(nodes: list[Operand]) -> str | None:
    """The text of a `printf`, if it is written down."""
    first = nodes[0] if nodes else None
    return first.value if isinstance(first, Constant) and isinstance(first.value, str) else None
