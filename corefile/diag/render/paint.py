"""Colors for what `layout` lays out. Without colors nothing is imported."""

from __future__ import annotations

from collections.abc import Callable

from corefile.diag.render.layout import Line

STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold cyan",
    "place": "bold",
    "heading": "bold",
    "code": "dim",
    "gutter": "blue",
    "label": "bold",
    "added": "green",
    "removed": "red",
}


def painter(color: bool) -> Callable[[Line], str]:
    """What turns a line of pieces into text with its line end."""
    if not color:
        return lambda line: "".join(piece.text for piece in line) + "\n"
    from rich.color import ColorSystem
    from rich.style import Style

    styles = {name: Style.parse(definition) for name, definition in STYLES.items()}
    plain = Style.null()

    def paint(line: Line) -> str:
        pieces = (
            styles.get(piece.style, plain).render(piece.text, color_system=ColorSystem.STANDARD) for piece in line
        )
        return "".join(pieces) + "\n"

    return paint
