"""`corefile rules`: the lint rules, by number."""

from __future__ import annotations

import sys

import click

from corefile.diag.render.layout import Line, Piece
from corefile.diag.render.paint import painter
from corefile.rules import GROUPS, Rule, rules
from corefile_cli.options import color_option
from corefile_cli.terminal import terminal_of


@click.command("rules")
@click.option("--plain", is_flag=True, help="Print the numbers only.")
@color_option
def command(plain: bool, color: str) -> None:
    """List the lint rules: what CoreDNS accepts and what will hurt. `corefile explain CODE` prints a rule's page."""
    found = rules()
    if plain:
        sys.stdout.write("".join(f"{rule.number}\n" for rule in found))
        return
    terminal = terminal_of(sys.stdout, color)
    paint = painter(terminal.color)
    for group, title in GROUPS.items():
        members = [rule for rule in found if rule.number.startswith(group)]
        if members:
            sys.stdout.write(paint([Piece("heading", f"{group}xx  {title}")]))
            sys.stdout.write("".join(paint(line) for rule in members for line in _lines(rule, terminal.width)))


def _lines(rule: Rule, width: int) -> list[Line]:
    import textwrap

    head: Line = [
        Piece("", "  "),
        Piece("code", rule.number),
        Piece("", " "),
        Piece(rule.severity, rule.severity.ljust(8)),
        Piece("", rule.name),
    ]
    indent = " " * 8
    return [head, *([Piece("", indent + text)] for text in textwrap.wrap(rule.title, max(width - len(indent), 20)))]
