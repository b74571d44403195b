"""Reading and checking an expression."""

from __future__ import annotations

import re

from corefile.golang.depth import with_room
from corefile.golang.exprlang.checker import Checker
from corefile.golang.exprlang.environments import DISABLED, Environment
from corefile.golang.exprlang.folding import constant_total, fold
from corefile.golang.exprlang.natures import ANY, INT, Nature
from corefile.golang.exprlang.nodes import Node
from corefile.golang.exprlang.parser import PREDICATES, Parser
from corefile.golang.exprlang.signatures import BUILTINS
from corefile.golang.faults import SyntaxFault

_CALLABLE = BUILTINS - DISABLED
_VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_KEYWORDS = frozenset(
    ("true", "false", "nil", "not", "in", "or", "and", "matches", "contains", "startsWith", "endsWith")
) | {"let", "if", "else"}


class Program:
    """An expression that CoreDNS takes: its text, its tree with constants folded, and the type of its value."""

    __slots__ = ("environment", "nature", "root", "text")

    def __init__(self, text: str, root: Node, nature: Nature, environment: Environment) -> None:
        self.text = text
        self.root = root
        self.nature = nature
        self.environment = environment


def parse(text: str, environment: Environment) -> Program:
    """Parse and check an expression; raises SyntaxFault for all that `expr.Compile` would refuse."""
    return with_room(lambda source: _parse(source, environment), text)


def _parse(text: str, environment: Environment) -> Program:
    root = Parser(text, environment, _CALLABLE).parse()
    nature = Checker(environment, DISABLED).check(root)
    root = fold(root)
    if nature.is_unknown and constant_total(root) is not None:
        nature = INT
    return Program(text, root, nature if nature.kind else ANY, environment)


def variable_name_fault(name: str, environment: Environment) -> SyntaxFault | None:
    """Why `template` would refuse `var NAME …`, or None if it takes the name."""
    if not _VARIABLE.fullmatch(name):
        message = f"'{name}' is no name of a variable: letters, digits and '_' are allowed"
    elif name in environment or name in PREDICATES or name in BUILTINS or name in _KEYWORDS:
        message = f"'{name}' is a reserved name"
    else:
        return None
    return SyntaxFault(message, 0, len(name))
