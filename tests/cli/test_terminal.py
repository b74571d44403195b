"""How wide the terminal is taken to be."""

from __future__ import annotations

import io
import os

import pytest
from corefile_cli.terminal import NARROWEST, WIDTH, terminal_of


class Console(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("columns", "asked", "width"),
    [("100", 70, 100), ("", 70, 70), ("10", 70, NARROWEST), ("wide", 70, WIDTH), ("", None, WIDTH), ("", 0, WIDTH)],
)
def test_width(columns: str, asked: int | None, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def size(descriptor: int) -> os.terminal_size:
        if asked is None:
            raise OSError(descriptor)
        return os.terminal_size((asked, 24))

    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(os, "get_terminal_size", size)
    assert terminal_of(Console()).width == width
    assert terminal_of(io.StringIO()).width == WIDTH


@pytest.mark.parametrize(("term", "colored"), [("xterm", True), ("dumb", False)])
def test_a_terminal_without_colors(term: str, colored: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert terminal_of(Console()).color is colored
