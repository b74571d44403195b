"""Variables while a Corefile is read: words with their values, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Mapping

from corefile.ir.source import Word
from corefile.syntax.environment import can_be_set, expand
from corefile.syntax.faults import FaultLog, quoted


class Variables:
    """Puts values into words.

    `unset` are the places (path, line, column) of words with a variable that is not set here, but may be elsewhere.
    """

    __slots__ = ("_env", "_faults", "_told", "unset")

    def __init__(self, env: Mapping[str, str], faults: FaultLog) -> None:
        self._env = env
        self._faults = faults
        self.unset: set[tuple[str, int, int]] = set()
        self._told: set[tuple[str, int, int]] = set()

    def expand(self, word: Word) -> str:
        """A word's text with its variables replaced; what is unset is noted once for each place."""
        if "{" not in word.text:
            return word.text
        expanded = expand(word.text, self._env)
        if expanded.endless:
            self._faults.refuse("CF215", f"the variables in {quoted(word.text)} refer to themselves", word)
        place = (word.source.path, *word.source.position(word.start))
        if expanded.unset and place not in self._told:
            self._told.add(place)
            for name in dict.fromkeys(expanded.unset):
                self._warn(name, word)
            if any(map(can_be_set, expanded.unset)):
                self.unset.add(place)
        return expanded.text

    def _warn(self, name: str, word: Word) -> None:
        if can_be_set(name):
            message = f"environment variable '{name}' is not set, it is replaced by nothing"
        else:
            message = f"environment variable '{name}' can never be set, it is replaced by nothing"
        self._faults.warn("CF401", message, word)

    def text_of(self, word: Word) -> str:
        """The same for a look ahead: nothing is noted."""
        return expand(word.text, self._env).text
