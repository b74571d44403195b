"""Lark's LALR parser, and nothing else of Lark.

`import lark` runs the front of that package, which loads its reader of grammars, its other parsers and what they need:
more time than `lint` takes for a file. So the front is put off until somebody asks for a name in it.
"""

from __future__ import annotations

import importlib.util
import sys


def _put_off_the_front() -> None:
    """Have `lark` in `sys.modules` with its front not run yet; what is in it can be imported already."""
    spec = importlib.util.find_spec("lark")
    if spec is None or spec.loader is None:
        return
    loader = spec.loader
    module = importlib.util.module_from_spec(spec)

    def run_the_front(name: str) -> object:
        if name.startswith("__") or "__getattr__" not in vars(module):
            raise AttributeError(name)
        del vars(module)["__getattr__"]
        loader.exec_module(module)
        return getattr(module, name)

    vars(module)["__getattr__"] = run_the_front
    sys.modules["lark"] = module


if "lark" not in sys.modules:
    _put_off_the_front()

from lark.exceptions import UnexpectedToken  # noqa: E402 - behind the line that makes it cheap
from lark.grammar import NonTerminal, Rule, RuleOptions, Terminal  # noqa: E402
from lark.parsers.lalr_analysis import IntParseTable, Reduce, Shift  # noqa: E402
from lark.parsers.lalr_parser_state import ParseConf, ParserState  # noqa: E402

__all__ = (
    "IntParseTable",
    "NonTerminal",
    "ParseConf",
    "ParserState",
    "Reduce",
    "Rule",
    "RuleOptions",
    "Shift",
    "Terminal",
    "UnexpectedToken",
)
