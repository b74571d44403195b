"""The errors with which a configuration is refused."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from corefile.diag.render.visible import visible

if TYPE_CHECKING:
    from corefile.ir.source import Span


class StartError(Exception):
    """The configuration is refused; the text tells people why, with file and line where there is one."""


class PlacedError(StartError):
    """One whose text says already which plugin refuses, and where."""


def refusal(plugin: str, span: Span | None, why: str) -> PlacedError:
    """The error for a plugin that cannot do what its config says."""
    where = f"{span.path}:{span.line}: " if span else ""
    return PlacedError(visible(f"{where}plugin/{plugin}: {why}"))


def explain(error: BaseException) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def explain_system(error: OSError) -> str:
    """An error of the system in its own words, without Python's number: `open Corefile: permission denied`."""
    if error.strerror is None:
        return str(error)
    why = error.strerror
    if not why.startswith("["):  # OpenSSL's have names in capitals in front
        why = why[:1].lower() + why[1:]
    return f"open {os.fspath(error.filename)}: {why}" if error.filename else why
