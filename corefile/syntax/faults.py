"""What the parser has to say, in the order in which CoreDNS would."""

from __future__ import annotations

from corefile.diag.diagnostic import MOST, Diagnostic, Rank, Related, Severity
from corefile.ir.source import Span, Word

PARSER = Rank(1)


class FaultLog:
    """Collects diagnostics of the parser stage."""

    __slots__ = ("_noted", "_refused", "found", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Diagnostic] = []
        self._refused = self._noted = 0

    def refuse(
        self,
        code: str,
        message: str,
        at: Word | Span | None,
        *,
        help: str = "",  # noqa: A002 - the field is called so in every output
        notes: tuple[str, ...] = (),
        related: tuple[Related, ...] = (),
    ) -> None:
        """CoreDNS's parser stops here."""
        self._refused += 1
        if self._refused <= MOST:
            self.found.append(Diagnostic(code, "error", message, self._span(at), help, notes, related, PARSER))

    def note(self, code: str, message: str, at: Word, severity: Severity, help: str = "") -> None:  # noqa: A002
        """Something that does not stop CoreDNS's parser."""
        self._noted += 1
        if self._noted <= MOST:
            self.found.append(Diagnostic(code, severity, message, at.span, help))

    def _span(self, at: Word | Span | None) -> Span:
        if isinstance(at, Word):
            return at.span
        return at or Span(self.path, 1, 1, 1, 1)


def quoted(text: str) -> str:
    """A word in quotes, cut where it runs over lines or on and on."""
    first = text.split("\n", 1)[0]
    return f"'{first[:40]}…'" if len(first) > 40 or first != text else f"'{text}'"
