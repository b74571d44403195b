"""What is told on standard error, a line at a time."""

from __future__ import annotations

import click

from corefile.diag.diagnostic import Diagnostic
from corefile.diag.render.visible import visible
from corefile.ir.url_secrets import without_url_secrets


def say(text: str) -> None:
    """Print one line: whatever a file or a path in it holds, it stays one, without secrets of URLs."""
    click.echo(visible(without_url_secrets(text)), err=True)


def line(found: Diagnostic) -> str:
    """A finding in one line."""
    span = found.span
    return f"{span.path}:{span.line}:{span.column}: {found.code} {found.message}"
