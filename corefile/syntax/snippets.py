"""Definitions of snippets: `(NAME) { … }`, words that are kept as they stand until they are imported."""

from __future__ import annotations

from itertools import pairwise

from corefile.diag.diagnostic import Related
from corefile.ir.source import Word
from corefile.syntax.faults import FaultLog
from corefile.syntax.variables import Variables


def snippet_name(keys: list[Word]) -> str | None:
    """The name in a lone key `(name)`."""
    if len(keys) == 1 and keys[0].text.startswith("(") and keys[0].text.endswith(")"):
        return keys[0].text[1:].removesuffix(")")
    return None


class Snippets:
    """The snippets that have been defined so far; `bodies` has their words by name."""

    def __init__(self, variables: Variables, faults: FaultLog) -> None:
        self._variables = variables
        self._faults = faults
        self._openings: dict[str, Word] = {}
        self._body: list[Word] = []
        self._name = ""
        self._opening: Word | None = None
        self.bodies: dict[str, tuple[Word, ...]] = {}

    def begin(self, name: str, opening: Word | None) -> None:
        """A definition whose opening brace has been read; None where it lacks one, and defines nothing."""
        self._name, self._opening, self._body = name, opening, []
        first = self._openings.get(name)
        if first is not None and opening is not None:
            related = (Related("first defined here", first.span),)
            self._faults.refuse("CF106", f"snippet '{name}' is defined a second time", opening, related=related)

    def keep(self, word: Word) -> None:
        """A word of its body, as it stands."""
        self._body.append(word)

    def end(self, closing: Word | None) -> None:
        """Its end, at the closing brace or the last word of the file."""
        name, opening, body = self._name, self._opening, self._body
        if opening is None or name in self._openings:
            return
        if self._imports_itself(body, name):
            self._faults.refuse("CF107", f"snippet '{name}' imports itself", closing)
            body = []
        self.bodies[name] = tuple(body)
        self._openings[name] = opening

    def unclosed(self, closing: Word | None, expected: str) -> None:
        """The file has ended in a body."""
        if self._opening is not None:
            related = (Related("this snippet is never closed", self._opening.span),)
            message = f"file ends inside snippet '{self._name}', expected {expected}"
            self._faults.refuse("CF101", message, closing, related=related)

    def _imports_itself(self, body: list[Word], name: str) -> bool:
        """CoreDNS's guard at the definition: `import NAME` where a line of the body begins."""
        for index, (word, argument) in enumerate(pairwise(body)):
            if word.text == "import":
                before = body[index - 1] if index else None
                starts = before is None or before.line != word.line or before.source.file != word.source.file
                if starts and self._variables.text_of(argument) == name:
                    return True
        return False
