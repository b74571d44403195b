"""Definitions of snippets: `(NAME) { … }`, words that are kept as they stand until they are imported."""

from __future__ import annotations

from itertools import pairwise

from corefile.diag.diagnostic import Related
from corefile.ir.source import Word
from corefile.syntax.faults import FaultLog
from corefile.syntax.stream import Stream
from corefile.syntax.variables import Variables


def snippet_name(keys: list[Word]) -> str | None:
    """The name in a lone key `(name)`."""
    if len(keys) == 1 and keys[0].text.startswith("(") and keys[0].text.endswith(")"):
        return keys[0].text[1:].removesuffix(")")
    return None


class Snippets:
    """The snippets that have been defined so far; `bodies` has their words by name."""

    def __init__(self, stream: Stream, variables: Variables, faults: FaultLog) -> None:
        self._stream = stream
        self._variables = variables
        self._faults = faults
        self._openings: dict[str, Word] = {}
        self.bodies: dict[str, tuple[Word, ...]] = {}

    def define(self, name: str, opening: Word) -> None:
        """Read a definition whose opening brace is the current word; afterwards that is the closing one."""
        faults = self._faults
        first = self._openings.get(name)
        if first is not None:
            related = (Related("first defined here", first.span),)
            faults.refuse("CF106", f"snippet '{name}' is defined a second time", opening, related=related)
        body, closed = self._body()
        closing = self._stream.current
        if not closed:
            related = (Related("this snippet is never closed", opening.span),)
            faults.refuse("CF101", f"file ends inside snippet '{name}', '}}' is missing", closing, related=related)
        if first is not None:
            return
        if self._imports_itself(body, name):
            faults.refuse("CF107", f"snippet '{name}' imports itself", closing)
            body = []
        self.bodies[name] = tuple(body)
        self._openings[name] = opening

    def _body(self) -> tuple[list[Word], bool]:
        """The words up to the brace that balances the first, as they stand, and whether it was found."""
        stream = self._stream
        body: list[Word] = []
        depth = 1
        while stream.advance():
            word = stream.current
            assert word is not None
            if word.text == "}":
                depth -= 1
                if depth == 0:
                    return body, True
            elif word.text == "{":
                depth += 1
            body.append(word)
        return body, False

    def _imports_itself(self, body: list[Word], name: str) -> bool:
        """CoreDNS's guard at the definition: `import NAME` where a line of the body begins."""
        for index, (word, argument) in enumerate(pairwise(body)):
            if word.text == "import":
                before = body[index - 1] if index else None
                starts = before is None or before.line != word.line or before.source.file != word.source.file
                if starts and self._variables.text_of(argument) == name:
                    return True
        return False
