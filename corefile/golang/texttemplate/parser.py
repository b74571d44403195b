"""The grammar of Go's text/template, over the tokens of `lexer`.

As in Go, what cannot be known without data (fields, the number and types of arguments, templates that are invoked)
is left to evaluation; functions and variables must exist here.
"""

from __future__ import annotations

from collections.abc import Collection

from corefile.golang.depth import with_room
from corefile.golang.faults import SyntaxFault, ValueFault
from corefile.golang.quoting import unquote
from corefile.golang.texttemplate.lexer import Token, lex
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
    is_blank,
)
from corefile.golang.texttemplate.numbers import number

BUILTINS = frozenset(
    ("and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery")
) | {"eq", "ge", "gt", "le", "lt", "ne"}

_OPERANDS = frozenset(
    (".", "nil", "word", "field", "variable", "bool", "number", "complex", "character", "string", "(")
)
_MOST_PARENTHESES = 10_000
_WORDS = {"eof": "the end of the text", "}}": "'}}'", "space": "a space", "text": "text"}


def parse(text: str, functions: Collection[str] = (), name: str = "answer") -> Template:
    """Parse a template that may call the built-in `functions` and those named; raises SyntaxFault.

    `name` is the template's own: `{{define}}` may give an empty template its body by that name.
    """
    return with_room(lambda source: _Parser(source, functions, name).parse(), text)


class _Parser:
    def __init__(self, text: str, functions: Collection[str], name: str) -> None:
        self._text = text
        self._tokens = lex(text)
        self._ahead: list[Token] = []
        self._functions = functions
        self._name = name
        self._variables = ["$"]
        self._definitions: dict[str, list[Statement]] = {}
        self._ranges = 0
        self._depth = 0

    def parse(self) -> Template:
        body: list[Statement] = []
        while (token := self._peek()).kind != "eof":
            if token.kind == "{{" and self._starts_define():
                self._define()
                continue
            node = self._statement()
            if isinstance(node, Token):
                raise SyntaxFault(f"'{{{{{node.value}}}}}' closes nothing: no block is open here", node.start, node.end)
            body.append(node)
        self._add(self._name, body, 0)
        return Template(self._name, self._text, self._definitions[self._name], self._definitions)

    # Tokens.

    def _next(self) -> Token:
        return self._ahead.pop() if self._ahead else next(self._tokens)

    def _peek(self) -> Token:
        if not self._ahead:
            self._ahead.append(next(self._tokens))
        return self._ahead[-1]

    def _next_word(self) -> Token:
        while (token := self._next()).kind == "space":
            pass
        return token

    def _peek_word(self) -> Token:
        token = self._next_word()
        self._ahead.append(token)
        return token

    def _expect_end(self, where: str) -> Token:
        token = self._next_word()
        if token.kind != "}}":
            raise _unexpected(token, where)
        return token

    # Definitions.

    def _starts_define(self) -> bool:
        opened = self._next()
        token = self._next_word()
        if token.kind == "define":
            return True
        self._ahead += token, opened
        return False

    def _define(self) -> None:
        """`define` has been read. A definition sees no variables from outside."""
        token = self._next_word()
        if token.kind != "string":
            raise _unexpected(token, "'define': a name in quotes is allowed")
        name = _string(token)
        self._expect_end("'define'")
        self._add(name, self._separate_body("define"), token.start)

    def _separate_body(self, keyword: str) -> list[Statement]:
        outer, ranges = self._variables, self._ranges
        self._variables, self._ranges = ["$"], 0
        body, end = self._statements()
        if end.value != "end":
            raise SyntaxFault(f"'else' stands in a '{keyword}': only 'end' may close it", end.start, end.end)
        self._variables, self._ranges = outer, ranges
        return body

    def _add(self, name: str, body: list[Statement], start: int) -> None:
        known = self._definitions.get(name)
        if known is None or is_blank(known):
            self._definitions[name] = body
        elif not is_blank(body):
            raise SyntaxFault(f"the template '{name}' is defined twice", start, len(self._text))

    # Statements.

    def _statements(self) -> tuple[list[Statement], Token]:
        """Statements up to `{{end}}` or `{{else}}`, and the token of that."""
        body: list[Statement] = []
        while self._peek_word().kind != "eof":
            node = self._statement()
            if isinstance(node, Token):
                return body, node
            body.append(node)
        size = len(self._text)
        raise SyntaxFault("a block is never closed: '{{end}}' is missing", size, size)

    def _statement(self) -> Statement | Token:
        token = self._next_word()
        if token.kind == "text":
            return Text(token.start, token.end, token.value)
        if token.kind != "{{":
            raise _unexpected(token, "the text")
        word = self._next_word()
        match word.kind:
            case "if" | "with" | "range":
                return self._control(word)
            case "end":
                self._expect_end("'end'")
                return word
            case "else":
                if self._peek_word().kind not in ("if", "with"):
                    self._expect_end("'else'")
                return word
            case "break" | "continue":
                return self._leave(word)
            case "template":
                return self._invoke(word)
            case "block":
                return self._block(word)
            case _:
                self._ahead.append(word)
                pipeline = self._pipeline("command", "}}")
                return Action(token.start, pipeline.end, pipeline)

    def _leave(self, word: Token) -> Leave:
        self._expect_end(f"'{word.value}'")
        if not self._ranges:
            raise SyntaxFault(f"'{word.value}' stands outside of a 'range'", word.start, word.end)
        return Leave(word.start, word.end, word.kind)

    def _control(self, word: Token) -> Branch:
        known = len(self._variables)
        node = Branch(word.start, word.end, word.kind, self._pipeline(word.kind, "}}"))
        self._ranges += word.kind == "range"
        node.body, end = self._statements()
        self._ranges -= word.kind == "range"
        if end.value == "else":
            node.otherwise = self._otherwise(word.kind)
        del self._variables[known:]
        return node

    def _otherwise(self, keyword: str) -> list[Statement]:
        if keyword != "range" and self._peek().kind == keyword:
            return [self._control(self._next())]  # `else if` and `else with` share the `end` of their chain
        body, end = self._statements()
        if end.value != "end":
            raise SyntaxFault("a second 'else' stands where 'end' is allowed", end.start, end.end)
        return body

    def _invoke(self, word: Token) -> Invoke:
        name = self._template_name(word.kind)
        if self._peek_word().kind == "}}":
            self._next()
            return Invoke(word.start, word.end, name, None)
        return Invoke(word.start, word.end, name, self._pipeline("template clause", "}}"))

    def _block(self, word: Token) -> Invoke:
        name = self._template_name(word.kind)
        pipeline = self._pipeline("block clause", "}}")
        self._add(name, self._separate_body("block"), word.start)
        return Invoke(word.start, word.end, name, pipeline)

    def _template_name(self, keyword: str) -> str:
        token = self._next_word()
        if token.kind != "string":
            raise _unexpected(token, f"'{keyword}': a name in quotes is allowed")
        return _string(token)

    # Pipelines.

    def _pipeline(self, context: str, end: str) -> Pipeline:
        pipeline = Pipeline(self._peek_word().start)
        self._declarations(pipeline, context)
        while (token := self._next_word()).kind != end:
            if token.kind not in _OPERANDS:
                raise _unexpected(token, _where(context))
            self._ahead.append(token)
            pipeline.commands.append(self._command())
        pipeline.end = token.start
        if not pipeline.commands:
            raise SyntaxFault(f"a value is missing in {_where(context)}", pipeline.start, token.end)
        for command in pipeline.commands[1:]:
            if isinstance(command[0], (Dot, Nil, Constant)):
                raise SyntaxFault("a value cannot take what comes through '|'", command[0].start, command[0].end)
        return pipeline

    def _declarations(self, pipeline: Pipeline, context: str) -> None:
        while (variable := self._peek_word()).kind == "variable":
            self._next()
            space = self._next() if self._peek().kind == "space" else None
            token = self._next_word()
            if token.kind in ("assign", "declare"):
                pipeline.assigns = token.kind == "assign"
                self._declare(pipeline, variable)
                return
            if token.kind != "punctuation" or token.value != ",":
                self._ahead.append(token)
                self._ahead += (space, variable) if space is not None else (variable,)
                return
            self._declare(pipeline, variable)
            if context != "range" or len(pipeline.variables) > 1:
                raise SyntaxFault(f"{_where(context)} declares too many variables", variable.start, token.end)
            after = self._peek_word()
            if after.kind not in ("variable", "}}", ")"):
                raise SyntaxFault("'range' can only set variables before ':='", after.start, after.end)

    def _declare(self, pipeline: Pipeline, variable: Token) -> None:
        pipeline.variables.append(variable.value)
        self._variables.append(variable.value)

    def _command(self) -> list[Operand]:
        """Operands up to a `|`, which is read, or an end, which is not."""
        words: list[Operand] = []
        while True:
            self._peek_word()
            operand = self._operand()
            if operand is not None:
                words.append(operand)
            token = self._next()
            if token.kind == "space":
                continue
            if token.kind in ("}}", ")"):
                self._ahead.append(token)
            elif token.kind != "pipe":
                raise _unexpected(token, "a command")
            if not words:
                raise SyntaxFault("a command is empty: a value or function is missing", token.start, token.end)
            return words

    def _operand(self) -> Operand | None:
        token = self._next_word()
        if token.kind not in _OPERANDS:
            self._ahead.append(token)
            return None
        operand = self._term(token)
        names: list[str] = []
        end = token.end
        while self._peek().kind == "field":
            field = self._next()
            names.append(field.value[1:])
            end = field.end
        if not names:
            return operand
        if isinstance(operand, (Constant, Nil, Dot)):
            raise SyntaxFault(f"'.{names[0]}' follows a value that has no fields", token.end, end)
        if isinstance(operand, (Field, Variable)):
            operand.names += names
            operand.end = end
            return operand
        return Chain(token.start, end, operand, names)

    def _term(self, token: Token) -> Operand:
        start, end, value = token.start, token.end, token.value
        match token.kind:
            case "word":
                if value not in BUILTINS and value not in self._functions:
                    raise SyntaxFault(f"'{value}' is no function that this template has", start, end)
                return Function(start, end, value)
            case ".":
                return Dot(start, end)
            case "nil":
                return Nil(start, end)
            case "variable":
                if value not in self._variables:
                    raise SyntaxFault(f"the variable '{value}' is not declared before its use", start, end)
                return Variable(start, end, value, [])
            case "field":
                return Field(start, end, [value[1:]])
            case "bool":
                return Constant(start, end, value == "true")
            case "string":
                return Constant(start, end, _string(token))
            case "(":
                return self._parenthesis(token)
            case _:
                return Constant(start, end, *number(token))

    def _parenthesis(self, token: Token) -> Pipeline:
        if self._depth >= _MOST_PARENTHESES:
            raise SyntaxFault(f"parentheses nest deeper than {_MOST_PARENTHESES} levels", token.start, token.end)
        self._depth += 1
        pipeline = self._pipeline("parenthesized pipeline", ")")
        self._depth -= 1
        return pipeline


def _string(token: Token) -> str:
    try:
        return unquote(token.value)
    except ValueFault as fault:
        raise SyntaxFault(fault.message, token.start, token.end) from None


def _where(context: str) -> str:
    return {"command": "the action", "parenthesized pipeline": "parentheses"}.get(context, f"the {context}")


def _unexpected(token: Token, where: str) -> SyntaxFault:
    found = _WORDS.get(token.kind, f"'{token.value}'")
    return SyntaxFault(f"{found} is not allowed in {where}", token.start, token.end)
