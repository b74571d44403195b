"""`corefile explain`: the page of a code, a rule or a plugin."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from corefile.diag.codes import CODES
from corefile.diag.render.markdown_view import view
from corefile.diag.render.paint import painter
from corefile.plugins import external
from corefile.plugins.order import ORDER
from corefile.plugins.page import plugin_page
from corefile.plugins.spec import load
from corefile.rules import rules
from corefile_cli.options import color_option
from corefile_cli.terminal import terminal_of

READABLE = 100
"""Columns that a paragraph has at most."""


def complete(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[str]:
    """What can be explained: plugins, those of installed packages too, codes and rules by number and by name."""
    return [name for name in (*_names(), *_numbers()) if name.startswith(begun)]


@click.command("explain")
@click.argument(
    "subjects",
    nargs=-1,
    required=True,
    metavar="CODE|PLUGIN...",
    shell_complete=complete,
)
@click.option("--markdown", is_flag=True, help="Print the page as Markdown.")
@color_option
def command(subjects: tuple[str, ...], markdown: bool, color: str) -> None:
    """Explain what a code means, with an example and a cure, or how a plugin is configured."""
    terminal = terminal_of(sys.stdout, color)
    paint = painter(terminal.color)
    for number, subject in enumerate(subjects):
        page = _page(subject)
        text = page if markdown else "".join(map(paint, view(page, min(terminal.width, READABLE))))
        sys.stdout.write(("\n" if number else "") + text.rstrip("\n") + "\n")


def _page(subject: str) -> str:
    """The page in Markdown, its title first. A code may be given by its name."""
    for code in CODES.values():
        if subject.upper() == code.number or subject == code.name:
            return f"# {code.number} {code.name} ({code.severity})\n\n{_title(code.title)}\n\n{code.page}"
    for rule in rules():
        if subject.upper() == rule.number or subject == rule.name:
            return f"# {rule.number} {rule.name} ({rule.severity})\n\n{rule.page}\n"
    plugin = load(subject) if subject in ORDER else external.find(subject)
    if plugin is not None:
        return plugin_page(plugin)
    if subject in external.broken:
        raise click.UsageError(f"the package of plugin '{subject}' cannot be loaded: {external.broken[subject]}")
    raise click.UsageError(f"no code or plugin '{subject}'.{_hint(subject)}")


def _title(title: str) -> str:
    return f"{title[0].upper()}{title[1:]}."


def _hint(subject: str) -> str:
    from corefile.diag.suggest import suggest

    nearest = suggest(subject, list(_names())) or suggest(subject.upper(), list(_numbers()))
    return f" Did you mean '{nearest}'?" if nearest else ""


def _names() -> Iterator[str]:
    yield from ORDER
    yield from external.names()
    yield from (code.name for code in CODES.values())
    yield from (rule.name for rule in rules())


def _numbers() -> Iterator[str]:
    yield from CODES
    yield from (rule.number for rule in rules())
