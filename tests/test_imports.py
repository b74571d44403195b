"""Imports point one way, `grammar ← corefile ← runtime ← cli`, and no stage knows what it must not know."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

# From left to right: a package may import itself and what stands before it.
LAYERS = {
    "corefile_grammar": ROOT / "grammar" / "corefile_grammar",
    "corefile": ROOT / "corefile",
    "corefile_runtime": ROOT / "runtime" / "corefile_runtime",
    "corefile_cli": ROOT / "cli" / "corefile_cli",
}

# The rooms of the compiler, from left to right; the last line are its users, which know it all.
ROOMS = (
    "version", "golang", "ir", "diag", "versions", "plugins", "syntax", "checks", "link", "digest", "compiler",
    "rules", "inputs", "reporting", "formatter", "reformat", "fixing", "lint", "changes", "irjson", "__init__",
)  # fmt: skip

SOCKETS = {"asyncio", "http", "select", "selectors", "socket", "socketserver", "ssl", "uvloop"}
TERMINAL = {"click", "curses", "rich"}
CLOCKS = {"sched", "time"}

MUST_NOT_KNOW = {
    "corefile_grammar": SOCKETS | TERMINAL | CLOCKS | {"dns", "dnslib"},
    "corefile": SOCKETS | TERMINAL | CLOCKS,
    "corefile_runtime": TERMINAL | {"corefile_grammar", "lark"},
    "corefile_cli": {"lark"},
}

MODULES = [(layer, path) for layer, folder in LAYERS.items() for path in sorted(folder.rglob("*.py"))]


class Import(NamedTuple):
    """One imported module, where, and whether only a call of a function imports it."""

    module: str
    line: int
    lazy: bool


def imports(source: str, package: str) -> Iterator[Import]:
    """Every import of `source`, at its top, in a function, and by a literal given to `import_module`."""
    pending: list[tuple[ast.AST, bool]] = [(ast.parse(source), False)]
    while pending:
        node, lazy = pending.pop()
        for name in imported_names(node, package):
            yield Import(name, getattr(node, "lineno", 0), lazy)
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        pending += [(child, inside) for child in ast.iter_child_nodes(node)]


def imported_names(node: ast.AST, package: str) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names, level=level):
            base = absolute(module, package, level)
            return [f"{base}.{alias.name}" for alias in names]
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            return [name]
        case _:
            return []


def absolute(module: str | None, package: str, level: int) -> str:
    if not level:
        return module or ""
    above = package.split(".")[: len(package.split(".")) - level + 1]
    return ".".join([*above, module] if module else above)


def package_of(layer: str, path: Path) -> str:
    return ".".join([layer, *path.parent.relative_to(LAYERS[layer]).parts])


def imports_of(layer: str, path: Path) -> Iterator[Import]:
    return imports(path.read_text(encoding="utf-8"), package_of(layer, path))


def is_among(module: str, allowed: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


def path_id(value: object) -> str:
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else ""


@pytest.mark.parametrize(("layer", "path"), MODULES, ids=path_id)
def test_an_import_never_points_right(layer: str, path: Path) -> None:
    order = list(LAYERS)
    to_the_right = set(order[order.index(layer) + 1 :])
    assert [found for found in imports_of(layer, path) if is_among(found.module, to_the_right)] == []


@pytest.mark.parametrize("path", sorted(LAYERS["corefile"].rglob("*.py")), ids=path_id)
def test_the_rooms_of_the_compiler_stand_in_order(path: Path) -> None:
    room = path.relative_to(LAYERS["corefile"]).with_suffix("").parts[0]
    to_the_right = {f"corefile.{name}" for name in ROOMS[ROOMS.index(room) + 1 :]}
    assert [found for found in imports_of("corefile", path) if is_among(found.module, to_the_right)] == []


@pytest.mark.parametrize(("layer", "path"), MODULES, ids=path_id)
def test_a_stage_does_not_know_what_it_must_not_know(layer: str, path: Path) -> None:
    allowed: set[str] = {"rich"} if path.is_relative_to(LAYERS["corefile"] / "diag") else set()
    wrong = [
        found
        for found in imports_of(layer, path)
        if is_among(found.module, MUST_NOT_KNOW[layer]) and not (found.lazy and is_among(found.module, allowed))
    ]
    assert wrong == []


def test_every_package_has_modules() -> None:
    assert {layer for layer, _ in MODULES} == set(LAYERS)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b as c, d", [("a.b", False), ("d", False)]),
        ("from a import b, c", [("a.b", False), ("a.c", False)]),
        ("from . import b", [("corefile.ir.b", False)]),
        ("from .b import c", [("corefile.ir.b.c", False)]),
        ("from ..b import c", [("corefile.b.c", False)]),
        ("def f():\n    import a", [("a", True)]),
        ("class C:\n    import a", [("a", False)]),
        ("async def f():\n    if x:\n        from a import b", [("a.b", True)]),
        ("import_module('a.b')", [("a.b", False)]),
        ("def f():\n    importlib.import_module('a')", [("a", True)]),
        ("f = lambda: __import__('a')", [("a", True)]),
        ("import_module(name)", []),
    ],
)
def test_imports_are_found_wherever_they_stand(source: str, expected: list[tuple[str, bool]]) -> None:
    assert [(found.module, found.lazy) for found in imports(source, "corefile.ir")] == expected
