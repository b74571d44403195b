"""Plugins that set limits of encrypted listeners: a line without arguments, and numbers that its block may set once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from textwrap import fill
from typing import NamedTuple, TypeVar

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property

C = TypeVar("C", bound=Config)


class Limit(NamedTuple):
    """A number for the field of that name, whose default is the property's: `least` is the smallest."""

    name: str
    doc: str
    least: int = 0
    since: str = ""


def limits_plugin(
    config: Callable[[], C],
    *,
    name: str,
    transport: str,
    summary: str,
    since: str,
    limits: tuple[Limit, ...],
    example: Example,
    note: str = "",
    without: str = "",
) -> Plugin[C]:
    """The spec of a plugin that limits the listeners of one transport.

    `note` is what else there is to know, `without` what holds where the plugin is not used.
    """
    what = f"It sets limits for blocks whose keys begin with `{transport}://`; in any other block it does nothing."
    where = (
        "Only the first block on a port counts, and of its keys only the first one: set in a later block for the same "
        "port, or for a second key on another port, it does nothing."
    )
    paragraphs = (
        f"{what} {note}",
        f"{where} {without}",
        "Further uses in the same block are ignored, without a message.",
    )
    return Plugin(
        name=name,
        summary=summary,
        usage=(name,),
        config=config,
        read=_alone(config),
        first_only=True,
        properties=tuple(_property(limit, config()) for limit in limits),
        since=since,
        description="\n\n".join(fill(text, 120, break_on_hyphens=False) for text in paragraphs) + "\n",
        examples=(example,),
    )


def _alone(config: Callable[[], C]) -> Callable[[Args], C]:
    def read(args: Args) -> C:
        args.none()
        return config()

    return read


def _property(limit: Limit, defaults: C) -> Property[C]:
    name = limit.name

    def read(config: C, args: Args) -> C:
        value = args.integer(args.one("NUMBER"), limit.least, what=f"'{name}'")
        if len(args.places(name)) > 1:
            args.refuse("CF214", f"'{name}' given twice, only one is allowed")
        return replace(config, **{name: value})

    default = str(getattr(defaults, name))
    return Property(name=name, read=read, usage=f"{name} NUMBER", doc=limit.doc, default=default, since=limit.since)
