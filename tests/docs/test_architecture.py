"""The map of the code is that of the tree: paths that it names exist, and no folder or module is without a word."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("corefile", "grammar", "runtime", "cli")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PATH = re.compile(r"`((?:corefile|grammar|runtime|cli|tests|docs)/[\w/.]*)`")
PLACEHOLDERS = ("NAME", "clNNN")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def stands_for_many(name: str) -> bool:
    return any(placeholder in name for placeholder in PLACEHOLDERS)


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md", "docs/tutorials/plugin.md"])
def test_paths_that_are_named_exist(page: str) -> None:
    named = set(PATH.findall((ROOT / page).read_text(encoding="utf-8")))
    assert sorted(name for name in named if not stands_for_many(name) and not (ROOT / name).exists()) == []


def test_files_behind_a_folder_exist() -> None:
    """`corefile/syntax/imports.py` for files, `splicer.py` for the rest: a bare name is one of the folder before it."""
    rows = ARCHITECTURE[ARCHITECTURE.index("## Where do I change what?") : ARCHITECTURE.index("## Folders")]
    missing: list[str] = []
    for row in rows.splitlines():
        folder = ROOT
        for name in re.findall(r"`([\w/.]+)`", row):
            if stands_for_many(name):
                continue
            if "/" in name:
                folder = ROOT / name if name.endswith("/") else (ROOT / name).parent
            elif name.endswith(".py") and not (folder / name).exists():
                missing.append(name)
    assert missing == []


def test_every_folder_is_on_the_map() -> None:
    table = ARCHITECTURE[ARCHITECTURE.index("## Folders") : ARCHITECTURE.index("## The runtime")]
    folders = {path.parent.relative_to(ROOT).as_posix() for path in MODULES if path.name == "__init__.py"}
    of_plugins = re.compile(r"(corefile|runtime/corefile_runtime)/plugins/")
    unnamed = [name for name in folders if not of_plugins.match(name) and f"{Path(name).name}/`" not in table]
    assert sorted(unnamed) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is(path: Path) -> None:
    if "corefile/diag/pages" not in path.as_posix():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
