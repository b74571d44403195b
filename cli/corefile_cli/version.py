"""`corefile version`: this package, the Python it runs on, and the CoreDNS it follows."""

from __future__ import annotations

import platform
import sys

import click

from corefile.version import COREDNS, __version__


def describe() -> str:
    """Three facts, the first on a line of its own, as CoreDNS does it."""
    machine = f"{sys.platform}/{platform.machine()}"
    return f"corefile-{__version__}\n{machine}, Python {platform.python_version()}, CoreDNS {COREDNS}\n"


@click.command("version")
def command() -> None:
    """Print the version of corefile, and of the CoreDNS whose Corefiles it understands."""
    click.echo(describe(), nl=False)
