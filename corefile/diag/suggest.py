"""Suggestions ("did you mean …?"): the candidate that is nearest to an unknown word."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was most likely meant, or None when none is near.

    Near is a third of the word's letters mistyped, left out, added or swapped with a neighbour; a difference of case
    only is always near. Of equals the first wins, except that one with the same first letter is preferred.
    """
    return _suggest(word, tuple(candidates))


@lru_cache(256)
def _suggest(word: str, candidates: tuple[str, ...]) -> str | None:
    folded = word.lower()
    letters = set(folded)
    limit = min(3, max(1, len(word) // 3))
    best: str | None = None
    best_cost = (limit + 1, False)
    for candidate in candidates:
        other = candidate.lower()
        # An edit changes the length by one at most, and takes away one letter and adds another at most.
        if candidate == word or abs(len(other) - len(folded)) > limit or len(letters ^ set(other)) > 2 * limit:
            continue
        cost = (distance(folded, other, limit), other[:1] != folded[:1])
        if cost < best_cost and cost[0] < len(folded):
            best, best_cost = candidate, cost
    return best


def distance(a: str, b: str, limit: int) -> int:
    """Edits that turn one word into the other, a swap of neighbours being one (optimal string alignment).

    Anything above `limit` is given as `limit + 1`.
    """
    before: list[int] = []
    above = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, above = above, row
    return min(above[-1], limit + 1)
