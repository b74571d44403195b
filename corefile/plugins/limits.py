"""Limits of the encrypted listeners: a line without arguments, and numbers that its block may set once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from corefile.ir.program import Config
from corefile.plugins.args import Args

C = TypeVar("C", bound=Config)


def alone(config: Callable[[], C]) -> Callable[[Args], C]:
    """A reader of the directive's line, which has no arguments."""

    def read(args: Args) -> C:
        args.none()
        return config()

    return read


def limit(field: str, least: int) -> Callable[[C, Args], C]:
    """A reader of one number for the field that is called like its property."""

    def read(config: C, args: Args) -> C:
        value = args.integer(args.one("NUMBER"), least, what=f"'{field}'")
        if len(args.places(field)) > 1:
            args.refuse("CF214", f"'{field}' given twice, only one is allowed")
        return replace(config, **{field: value})

    return read
