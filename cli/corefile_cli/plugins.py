"""`corefile plugins`: what there is, in the order in which a query passes it."""

from __future__ import annotations

import sys

import click

from corefile.diag.render.layout import Line, Piece
from corefile.diag.render.paint import painter
from corefile.plugins import external
from corefile.plugins.order import EXTENSIONS, ORDER
from corefile.plugins.spec import load
from corefile_cli.options import color_option
from corefile_cli.terminal import terminal_of


@click.command("plugins")
@click.option("--plain", is_flag=True, help="Print the names only.")
@click.option("-plugins", "--coredns", "coredns", is_flag=True, help="Print what `coredns -plugins` prints.")
@color_option
def command(plain: bool, coredns: bool, color: str) -> None:
    """List the plugins in the order in which a query passes them, whatever their order in the Corefile is."""
    if coredns:
        sys.stdout.write("".join(f"{name}\n" for name in coredns_list()) + "\n")
    elif plain:
        sys.stdout.write("".join(f"{name}\n" for name in everything()))
    else:
        terminal = terminal_of(sys.stdout, color)
        sys.stdout.write("".join(map(painter(terminal.color), _table(terminal.width))))


def everything() -> list[str]:
    """The built-in plugins and those that installed packages bring, in the order in which they work."""
    return sorted([*ORDER, *filter(external.find, external.names())], key=external.position)


def coredns_list() -> list[str]:
    """The plugins by name; `on` comes last, because it is none of CoreDNS's own."""
    return [*sorted(name for name in everything() if name != "on" and name not in EXTENSIONS), "on"]


def _table(width: int) -> list[Line]:
    import textwrap

    names = everything()
    column = max(map(len, names)) + 2
    lines: list[Line] = []
    for name in names:
        first, *others = textwrap.wrap(_summary(name), max(width - column, 20))
        lines.append([Piece("heading", name), Piece("", " " * (column - len(name)) + first)])
        lines += [[Piece("", " " * column + other)] for other in others]
    return lines


def _summary(name: str) -> str:
    if name in ORDER:
        return load(name).summary + (" (not in CoreDNS)" if name in EXTENSIONS else "")
    plugin = external.find(name)
    assert plugin is not None
    return f"{plugin.summary} (installed)"
