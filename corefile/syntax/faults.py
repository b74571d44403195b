"""Faults of the parser, in the order in which CoreDNS finds them."""

from __future__ import annotations

from collections.abc import Collection

from corefile.diag.diagnostic import MOST, Diagnostic, Rank, Related
from corefile.ir.source import Word

PARSER = Rank(1)


class FaultLog:
    """Collects diagnostics of the parser stage."""

    __slots__ = ("_refused", "_warned", "found")

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self._refused = self._warned = 0

    def refuse(
        self,
        code: str,
        message: str,
        at: Word | None,
        *,
        help: str = "",  # noqa: A002 - the field is called so in every output
        notes: tuple[str, ...] = (),
        related: tuple[Related, ...] = (),
    ) -> None:
        """CoreDNS's parser stops here."""
        self._refused += 1
        if self._refused <= MOST:
            assert at is not None
            self.found.append(Diagnostic(code, "error", message, at.span, help, notes, related, PARSER))

    def warn(self, code: str, message: str, at: Word) -> None:
        """Something that does not stop CoreDNS's parser."""
        self._warned += 1
        if self._warned <= MOST:
            self.found.append(Diagnostic(code, "warning", message, at.span))


def expected_here(terminals: Collection[str], where: str) -> str:
    """What the parser would take, in words."""
    line = {"entry": "a directive", "directive": "more words", "body": "a property", "raw": "more words"}
    names = {
        "KEYS": "another zone" if where == "zones" else "a zone",
        "LINE": line.get(where, "a directive"),
        "OPEN": "'{'",
        "CLOSE": "'}'",
        "EOL": "the end of the line",
    }
    found = [name for terminal, name in names.items() if terminal in terminals]
    return " or ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found) or "nothing"


def quoted(text: str) -> str:
    """A word in quotes, cut where it runs over lines or on and on."""
    first = text.split("\n", 1)[0]
    return f"'{first[:40]}…'" if len(first) > 40 or first != text else f"'{text}'"
