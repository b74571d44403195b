"""Plugins from other packages: what is taken, and where they stand in the chain."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from corefile.compiler import compile_corefile
from corefile.ir.program import Config
from corefile.plugins import external
from corefile.plugins.order import ORDER, POSITION
from corefile.plugins.spec import Plugin, known, load


def demo(before: str = "", after: str = "") -> Plugin[Config]:
    return Plugin(name="demo", summary="", usage=("demo",), config=Config, before=before, after=after)


class Entry(NamedTuple):
    """An entry point of a package that is not there."""

    name: str
    loaded: object

    def load(self) -> object:
        return self.loaded


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """A function that makes `demo` a plugin of some package."""
    monkeypatch.setattr(external, "_found", {})
    monkeypatch.setattr(external, "broken", {})

    def as_demo(loaded: object) -> None:
        def entry_points(group: str, name: str = "demo") -> list[Entry]:
            return [Entry("demo", loaded)] if (group, name) == ("corefile.plugins", "demo") else []

        monkeypatch.setattr("importlib.metadata.entry_points", entry_points)

    return as_demo


@pytest.mark.parametrize(
    ("plugin", "position"),
    [
        (demo(before="cache"), POSITION["cache"] - 0.5),
        (demo(after="cache"), POSITION["cache"] + 0.5),
        (demo(), len(ORDER) - 0.5),
    ],
    ids=["before", "after", "anywhere"],
)
def test_place_in_the_chain(install: Callable[[object], None], plugin: Plugin[Config], position: float) -> None:
    install(plugin)
    assert (known("demo"), load("demo").name, external.names()) == (True, "demo", ["demo"])
    assert external.position("demo") == position


def test_a_word_that_nobody_has(install: Callable[[object], None]) -> None:
    install(demo())
    assert (known("nosuch"), external.position("nosuch")) == (False, len(ORDER))
    with pytest.raises(KeyError):
        load("nosuch")


@pytest.mark.parametrize(
    ("loaded", "reason"),
    [
        (42, "TypeError: the entry point is no Plugin but int"),
        (
            Plugin(name="other", summary="", usage=("other",), config=Config),
            "ValueError: the plugin of entry point 'demo' is called 'other'",
        ),
        (demo(before="nosuch"), "ValueError: it stands beside 'nosuch', which is no built-in plugin"),
    ],
    ids=["no plugin", "another name", "beside nothing"],
)
def test_what_cannot_be_loaded_is_unknown_and_says_why(
    install: Callable[[object], None], loaded: object, reason: str
) -> None:
    install(loaded)
    (found,) = compile_corefile(". {\n demo\n}\n").diagnostics
    assert found.code == "CF201"
    assert found.notes == (f"an installed package has this plugin, but cannot be loaded: {reason}",)
