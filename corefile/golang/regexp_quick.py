"""Patterns that Python's own `re` matches exactly as Go would, and with little backtracking.

RE2 costs several µs a call by way of its Python binding, `re` a tenth of that; but `re` backtracks. A pattern is
translated only when it is made of plain parts (characters, classes, groups, alternatives, repetitions of single
characters), and when the ways to try it on a name grow no faster than the name: each may look at the whole name once.
"""

from __future__ import annotations

import re

LONGEST = 256  # characters of a text for which the estimate holds; RE2 takes the longer ones, and those of many lines

_MOST_TRIES = 2 * LONGEST
_ALL = frozenset(range(-1, 128))  # ASCII; -1 stands for every other character
_DIGITS = frozenset(range(48, 58))
_WORD = _DIGITS | frozenset(range(65, 91)) | frozenset(range(97, 123)) | {95}
_ESCAPES = {"d": _DIGITS, "w": _WORD, "D": _ALL - _DIGITS, "W": _ALL - _WORD}
_TOKEN = re.compile(
    r"""
    (?P<open>\((?:\?:|\?P?<[A-Za-z0-9_]+>)?)
  | (?P<close>\))
  | (?P<bar>\|)
  | (?P<start>\^)
  | (?P<end>\$)
  | (?P<atom>
        \\[dwDW.\-^$*+?()|\[\]{}/_]
      | \[\^?-?(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9_ .,:;=@/%+*]|\\[dw.\-])+-?\]
      | [A-Za-z0-9_\-.:;,/@=%"' &<>~!]
    )
    (?P<repeat>(?:[*+?]|\{(?:0|[1-9][0-9]?)(?:,(?:0|[1-9][0-9]?)?)?\})\??)?
    """,
    re.VERBOSE,
)
_ITEM = re.compile(r"(\\.|[^\\])(?:-(\\.|[^\\]))?")
_OPTIONAL = re.compile(r"[*?]|\{0")


def translate(pattern: str) -> str | None:
    """The same pattern for `re`, or None where RE2 must be asked."""
    tokens: list[re.Match[str]] = []
    at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None or (token["close"] and pattern[token.end() : token.end() + 1] in ("*", "+", "?", "{")):
            return None
        tokens.append(token)
        at = token.end()
    anchored = not _has_top_bar(tokens) and _starts_at_start(tokens)
    if _tries(tokens) * (1 if anchored else LONGEST) > _MOST_TRIES:
        return None
    return ("^" if anchored else "") + "".join(_python(token) for token in tokens)


def _has_top_bar(tokens: list[re.Match[str]]) -> bool:
    depth = 0
    for token in tokens:
        depth += bool(token["open"]) - bool(token["close"])
        if token["bar"] and depth == 0:
            return True
    return False


def _starts_at_start(tokens: list[re.Match[str]]) -> bool:
    """Whether a match can only start where the text does: after `^`, or as `.*` is tried first and reaches it all."""
    first = next((token for token in tokens if not token["open"]), None)
    if first is None or any(token["bar"] for token in tokens):
        return bool(tokens) and bool(tokens[0]["start"])
    return bool(first["start"]) or (first["atom"] == "." and (first["repeat"] or "").startswith("*"))


def _python(token: re.Match[str]) -> str:
    if token["open"]:
        return "(?:" if token["open"] == "(?:" else "("
    return r"\Z" if token["end"] else token.group()


def _tries(tokens: list[re.Match[str]]) -> int:
    """In how many ways the repetitions and alternatives can be combined, at most."""
    tries = 1
    for place, token in enumerate(tokens):
        if token["bar"]:
            tries *= 2
        elif token["repeat"]:
            tries *= _choices(token, tokens[place + 1 :])
    return tries


def _choices(token: re.Match[str], rest: list[re.Match[str]]) -> int:
    """How many lengths of a repetition can be tried: one if what follows cannot be part of it."""
    follows = next((after for after in rest if not after["open"] and not after["close"]), None)
    if follows is None:
        return 1
    if follows["end"]:
        return 1
    own = _characters(token["atom"])
    if follows["atom"] and not _OPTIONAL.match(follows["repeat"] or ""):
        theirs = _characters(follows["atom"])
        if own is not None and theirs is not None and not own & theirs:
            return 1
    count = re.fullmatch(r"\{([0-9]+)(,([0-9]*))?\}\??", token["repeat"])
    if token["repeat"][0] == "?":
        return 2
    if count is None or (count[2] and not count[3]):
        return LONGEST
    return int(count[3] or count[1]) - int(count[1]) + 1


def _characters(atom: str) -> frozenset[int] | None:
    """What one atom matches, or None where that is not plain to see."""
    if atom == ".":
        return _ALL - {10}
    if atom[0] == "\\":
        return _ESCAPES.get(atom[1], frozenset((ord(atom[1]),)))
    if atom[0] != "[":
        return frozenset((ord(atom),))
    inside = atom[1:-1]
    negated = inside.startswith("^")
    found: frozenset[int] = frozenset()
    for first, last in _ITEM.findall(inside[negated:]):
        low = _ESCAPES.get(first[1]) if len(first) == 2 else None
        if low is not None:
            found |= low
            if last:
                return None
        else:
            found |= frozenset(range(ord(first[-1]), ord(last[-1] if last else first[-1]) + 1))
    return _ALL - found if negated else found
