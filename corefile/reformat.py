"""Formatting of a file, with proof that it says the same: the last guard before anything is written."""

from __future__ import annotations

from corefile.compiler import Compiled, Options
from corefile.diag.diagnostic import Diagnostic
from corefile.formatter import format_corefile
from corefile.inputs import Input, InputFault, compile_input
from corefile.ir.source import Source
from corefile.syntax.lexer import TooLarge

UNEQUAL_BRACES = ("CF101", "CF102", "CF103")
"""Faults behind which nobody can tell how deep a line stands."""


MANIFEST = "a Kubernetes manifest is not formatted: give its Corefile to '-'"


class MeaningChanged(Exception):
    """The formatted text would not say what the text says: a bug of the formatter."""


def reformat(given: Input, options: Options) -> bytes:
    """The bytes of a formatted file.

    Raises `InputFault` where nothing sensible can be written, `MeaningChanged` where the verdict or the program differ.
    """
    if given.data is None:
        raise InputFault(MANIFEST)
    _check_encoding(given, given.data)
    try:
        formatted = format_corefile(given.source)
    except TooLarge as error:
        raise InputFault(f"cannot be read: {error}") from None
    data = formatted.encode("utf-8")
    if data == given.data:
        return data
    before = compile_input(given, options)
    fault = next((found for found in before.diagnostics if found.code in UNEQUAL_BRACES and found.rank), None)
    if fault is not None:
        raise InputFault(f"not formatted: {fault.message}", span=fault.span)
    source = given.source
    text = formatted.removeprefix("\ufeff")
    after = compile_input(given._replace(source=Source(source.path, text, file=source.file, base=source.base)), options)
    if _meaning(before) != _meaning(after):
        raise MeaningChanged
    return data


def _check_encoding(given: Input, data: bytes) -> None:
    """A byte that is not UTF-8 is read as U+FFFD, and could not be written back."""
    text = given.source.text
    if "\ufffd" not in text:
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        span = given.source.span(len(before), len(before) + 1)
        raise InputFault(
            f"byte 0x{data[error.start]:02x} is not UTF-8, a formatted file could not keep it", span=span
        ) from None


def _meaning(compiled: Compiled) -> tuple[object, ...]:
    """What must not change: the verdict, why, and the program."""
    refusal: Diagnostic | None = None if compiled.refusal is None else compiled.diagnostics[compiled.refusal]
    return compiled.verdict, refusal and (refusal.code, refusal.message), compiled.program
