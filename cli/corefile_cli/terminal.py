"""Properties of the terminal: colors and width, by `--color`, `NO_COLOR`, `FORCE_COLOR` and the stream itself."""

from __future__ import annotations

import os
from typing import IO

from corefile.diag.render import Terminal

WIDTH = 80
"""Columns where there is no terminal to ask."""

NARROWEST = 40


def terminal_of(stream: IO[str], color: str = "auto") -> Terminal:
    """The terminal behind a stream. `color` is `auto`, `always` or `never`."""
    on_terminal = stream.isatty()
    width = _columns(stream) if on_terminal else WIDTH
    return Terminal(width, _takes_color(color, on_terminal))


def _takes_color(color: str, on_terminal: bool) -> bool:
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return on_terminal and os.environ.get("TERM") != "dumb"


def _columns(stream: IO[str]) -> int:
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size(stream.fileno()).columns)
    except (OSError, ValueError):
        return WIDTH
    return max(NARROWEST, columns) if columns > 0 else WIDTH  # a terminal that has no size says 0
