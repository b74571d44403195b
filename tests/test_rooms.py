"""The rooms of the runtime: what stands in them, that no import goes back up, and that the core knows no plugin."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from corefile.plugins.order import ORDER
from tests.test_imports import LAYERS, imports_of

RUNTIME = LAYERS["corefile_runtime"]
PLUGINS = RUNTIME / "plugins"

# From the ground up: a room may import itself and what stands before it.
FLOORS = (
    "events", "replay", "wire", "metrics", "sockets", "http", "upstream", "listeners", "chain", "plugins", "process",
    "workers", "testing",
)  # fmt: skip

# Words of the core that happen to be names of plugins too, with what they mean there.
WORDS = {
    ("chain/expressions.py", "bufsize"): "a function of expressions",
    ("chain/expressions.py", "metadata"): "a function of expressions",
    ("chain/spans.py", "trace"): "the number of a trace, a field of each span",
    ("metrics/traffic.py", "view"): "a label of metrics",
    ("plugins/acl.py", "view"): "a label of metrics",
    ("plugins/cache/counts.py", "view"): "a label of metrics",
    ("plugins/errors.py", "debug"): "a level of the log",
    ("plugins/forward/__init__.py", "https"): "a transport of upstreams",
    ("plugins/forward/encrypted.py", "tls"): "a transport of upstreams",
    ("plugins/pprof/__init__.py", "debug"): "a parameter of Go's profiles",
    ("plugins/prometheus.py", "view"): "a label of metrics",
    ("plugins/template/handler.py", "view"): "a label of metrics",
    ("sockets/listen_address.py", "https"): "a service with a port",
    ("testing/plugins.py", "whoami"): "a place in the chain: that of the plugin that most tests end with",
}

MODULES = {
    ".".join(("corefile_runtime", *path.relative_to(RUNTIME).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(RUNTIME.rglob("*.py"))
}


def test_few_files_stand_outside_of_rooms() -> None:
    assert sorted(path.name for path in RUNTIME.glob("*.py")) == ["__init__.py"]


def test_every_folder_is_a_room() -> None:
    folders = {path.name for path in RUNTIME.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(FLOORS)


@pytest.mark.parametrize("module", MODULES)
def test_the_rooms_of_the_runtime_stand_in_order(module: str) -> None:
    room = module.split(".")[1] if module.count(".") else ""
    above = FLOORS[FLOORS.index(room) + 1 :] if room else ()
    found = {imported for imported in imported_by(module) if imported.split(".")[1] in above}
    assert found == set()


def test_no_file_imports_itself_by_way_of_others() -> None:
    """Imports for type checkers and inside functions count: a reader follows them too."""
    arrows = {module: set(imported_by(module)) for module in MODULES}
    while leaves := {module for module, targets in arrows.items() if not targets & set(arrows)}:
        for leaf in leaves:
            del arrows[leaf]
    # What is left imports something that is left: circles, and what leads into them.
    while starts := set(arrows) - {target for targets in arrows.values() for target in targets}:
        for start in starts:
            del arrows[start]
    assert {module: sorted(targets & set(arrows)) for module, targets in arrows.items()} == {}


def imported_by(module: str) -> Iterator[str]:
    for found in imports_of("corefile_runtime", MODULES[module]):
        name = found.module
        while name.startswith("corefile_runtime.") and name not in MODULES:
            name = name.rpartition(".")[0]
        if name.startswith("corefile_runtime.") and name != module:
            yield name


def owner(path: Path) -> str:
    """The plugin that a file of the runtime belongs to, empty for the core."""
    if not path.is_relative_to(PLUGINS):
        return ""
    return path.relative_to(PLUGINS).parts[0].removesuffix(".py")


def named_plugins(path: Path) -> Iterator[str]:
    """The plugins whose names stand in a file, as a whole text or as a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ORDER:
            yield node.value
    for found in imports_of("corefile_runtime", path):
        parts = found.module.split(".")
        if parts[:2] in (["corefile", "plugins"], ["corefile_runtime", "plugins"]) and parts[2] in ORDER:
            yield parts[2]


@pytest.mark.parametrize("path", MODULES.values(), ids=lambda path: str(path.relative_to(RUNTIME)))
def test_only_a_plugin_knows_its_name(path: Path) -> None:
    place = str(path.relative_to(RUNTIME))
    assert [name for name in set(named_plugins(path)) - {owner(path)} if (place, name) not in WORDS] == []


def test_each_word_that_stays_is_there() -> None:
    assert {key for key in WORDS if key[1] not in set(named_plugins(RUNTIME / key[0]))} == set()


@pytest.mark.parametrize("path", MODULES.values(), ids=lambda path: str(path.relative_to(RUNTIME)))
def test_no_config_is_cast(path: Path) -> None:
    """What a handler is given has its type by the way from spec to handler."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    casts = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "cast"
        and "config" in ast.unparse(node).lower()
    ]  # fmt: skip
    assert casts == []
