"""Handlers take the config's values: what is `config.FIELD or SOMETHING` there is a second truth for a default."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

HANDLERS = Path(__file__).parent.parent.parent / "runtime" / "corefile_runtime" / "plugins"

ALLOWED = {
    "zones": "those of the server block",
    "data": "the machine's name",
    "sockets": "the processors that the process may use",
    "version": "that of this software",
    "authors": "those of this software",
    "max_connect_attempts": "hangs on the upstreams, which files of the machine may name",
    "networks": "none is all",
    "extended_error": "None is none",
    "tls": "None is the system's authorities and no certificate",
    "failover": "whether there are rcodes",
    "duration": "whether there is a delay",
    "next_rcodes": "whether there are rcodes",
}
"""Fields of configs with a default that only the running process knows, or that are only asked whether they are set."""


def test_handlers_have_no_defaults_of_their_own() -> None:
    found = {field: path.name for path in sorted(HANDLERS.rglob("*.py")) for field in second_truths(path)}
    assert {field: name for field, name in found.items() if field not in ALLOWED} == {}


def test_a_second_truth_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "handler.py"
    path.write_text(
        "a = config.one or 1\nb = 2 if self._config.two is None else self._config.two\nc = config.three.seconds or 3\n"
    )
    assert set(second_truths(path)) == {"one", "two", "three"}


def second_truths(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            yield from (field for value in node.values[:-1] if (field := config_field(value)))
        elif isinstance(node, ast.IfExp) and isinstance(node.test, ast.Compare):
            compares_with_none = ast.unparse(node.test.comparators[0]) == "None"
            if compares_with_none and (field := config_field(node.test.left)):
                yield field


def config_field(node: ast.expr) -> str:
    """The field of a plugin's config that an expression is, empty for any other expression."""
    words = ast.unparse(node).split(".")
    at = next((index for index, word in enumerate(words) if word.lstrip("_") in ("config", "policy")), None)
    return words[at + 1] if at is not None and at + 1 < len(words) and words[at + 1].isidentifier() else ""
