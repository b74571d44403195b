"""Plugins' setup: each plugin of each block reads its words, and what it says becomes diagnostics."""

from __future__ import annotations

import os
import stat
from itertools import pairwise

from corefile.diag.diagnostic import MOST, Diagnostic, Rank, Related
from corefile.ir.document import Directive, ServerBlock
from corefile.ir.program import External, PluginUse
from corefile.ir.source import Word
from corefile.ir.values import Secret
from corefile.plugins.external import position
from corefile.plugins.refusing import Fault, Need
from corefile.plugins.spec import Reading, known, load, read_plugin

SECRET_HINTS = ("pass", "secret", "token", "key", "credential", "auth")
"""Parts of property names whose values are not shown when nothing else is known of a plugin."""

SETUP = 3
"""The stage of setup in CoreDNS's order of faults."""


class Setup:
    """Reads the plugins of all blocks. Equal words are read once: big Corefiles repeat themselves.

    `check_files` looks at the files that plugins name. With `serves_here` it does as well, and one that is missing is
    a refusal: no other machine is meant.
    """

    def __init__(self, check_files: bool = False, serves_here: bool = False) -> None:
        self._check_files = check_files or serves_here
        self._serves_here = serves_here
        self._readings: dict[tuple[object, ...], Reading] = {}
        self._found: list[Diagnostic] = []

    def read_block(self, index: int, block: ServerBlock) -> tuple[PluginUse, ...]:
        """The plugins of one block in execution order. Plugins that are not built in come last."""
        uses: list[PluginUse] = []
        by_name = block.words_by_name()
        for name in sorted((name for name in by_name if known(name)), key=position):
            words = tuple(by_name[name])
            reading = self._read(name, words)
            if reading.faults or reading.needs:
                self._report(name, index, words, reading, _root(uses))
            faulty = tuple(fault.at for fault in reading.faults)
            uses.append(PluginUse(name=name, configs=reading.configs, words=words, marks=reading.marks, faulty=faulty))
        others = [_external(name, block.directives) for name in by_name if not known(name)]
        return (*uses, *others)

    def diagnostics(self) -> list[Diagnostic]:
        """What was found, in the order of the blocks."""
        return self._found

    def addresses(self, bound: PluginUse) -> tuple[str, ...]:
        """The addresses of a block with `bind`: what its uses name, without what they except.

        An interface stays as long as it may have an address that is not excepted.
        """
        from corefile.plugins.bind import Bind, with_loopback

        found: list[str] = []
        for bind in bound.configs:
            if isinstance(bind, Bind):
                ignored = {*bind.ignored, *with_loopback(bind.ignored)}
                found += [address for address in bind.addresses if address not in ignored]
        return tuple(found)

    def _read(self, name: str, words: tuple[Word, ...]) -> Reading:
        first = words[0]
        source = first.source
        if all(word.source is source for word in words):
            line = first.line
            key: tuple[object, ...] = (name, *[word.text for word in words], *[word.line - line for word in words])
            reading = self._readings.get(key)
            if reading is None:
                reading = self._readings[key] = read_plugin(load(name), words)
            return reading
        return read_plugin(load(name), words)

    def _report(self, name: str, index: int, words: tuple[Word, ...], reading: Reading, root: str) -> None:
        rank = Rank(SETUP, position(name), index)
        self._found += [_diagnostic(fault, words, rank) for fault in reading.faults[:MOST]]
        for need in reading.needs:
            diagnostic = self._need(need, words, root, rank)
            if diagnostic is not None:
                self._found.append(diagnostic)

    def _need(self, need: Need, words: tuple[Word, ...], root: str, rank: Rank) -> Diagnostic | None:
        word = words[need.at]
        if self._check_files and need.checkable:
            path = os.path.join(root, need.value) if root and need.rooted else need.value
            found = _look(need, path, word)
            if found is not None and found.severity == "error" and self._serves_here:
                return found._replace(rank=rank)
            return found
        if not need.fatal:
            return None
        return Diagnostic(need.code, "warning", _depends(need), word.span)


def _external(name: str, directives: tuple[Directive, ...]) -> PluginUse:
    """A plugin of which only the words are known."""
    uses = [directive.words for directive in directives if directive.name == name]
    words = tuple(word for use in uses for word in use)
    return PluginUse(name=name, configs=tuple(External(lines=_lines(use)) for use in uses), words=words)


def _lines(words: tuple[Word, ...]) -> tuple[str, ...]:
    lines: list[list[str]] = [[words[0].text]]
    for before, word in pairwise(words):
        if before.line == word.line and before.source.file == word.source.file:
            lines[-1].append(word.text)
        else:
            lines.append([word.text])
    return tuple(
        Secret(" ".join(line)) if any(hint in line[0].lower() for hint in SECRET_HINTS) else " ".join(line)
        for line in lines
    )


def _depends(need: Need) -> str:
    value = f" '{need.value}'" if need.value else ""
    return f"{need.what}{value} must be there when CoreDNS starts, this is not checked here"


def _look(need: Need, path: str, word: Word) -> Diagnostic | None:
    """What is wrong with a file that CoreDNS will want."""
    fatal, reason = need.fatal, None
    try:
        mode = os.stat(path).st_mode
        if not need.folder:
            reason = _unreadable(path, mode)
    except (OSError, ValueError) as error:
        fatal = fatal or (need.asks_for and not isinstance(error, FileNotFoundError))
        reason = _said(error)
    if reason is None:
        return None
    message = f"{need.what} '{need.value}' cannot be read: {reason}"
    return Diagnostic(need.code, "error" if fatal else "warning", message, word.span)


def _unreadable(path: str, mode: int) -> str | None:
    if stat.S_ISFIFO(mode):
        return "it is a pipe"  # opening it would wait for somebody who writes
    try:
        with open(path, "rb") as file:
            file.read(1)
    except OSError as error:
        return _said(error)
    return None


def _said(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _diagnostic(fault: Fault, words: tuple[Word, ...], rank: Rank) -> Diagnostic:
    word = words[fault.at]
    return Diagnostic(
        fault.code,
        "error",
        fault.message,
        word.part(*fault.part) if fault.part else word.span,
        fault.help,
        fault.notes,
        tuple(Related(message, words[at].span) for message, at in fault.related),
        rank._replace(late=fault.late),
    )


def _root(uses: list[PluginUse]) -> str:
    """The folder from which plugins take relative paths; `root` is the first in the chain."""
    if not uses or uses[0].name != "root":
        return ""
    return next((str(getattr(config, "path", "")) for config in uses[0].configs), "")
