"""Host names as Go's `golang.org/x/net/idna` looks them up: what it takes, and their ASCII form (UTS #46, STD3 rules).

Exact for ASCII. Beyond it Python's Unicode tables stand in for UTS #46's own, and joiners are taken anywhere.
"""

from __future__ import annotations

import unicodedata

from corefile.golang.faults import SyntaxFault

_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")
_AS_THEY_ARE = frozenset("\u00df\u03c2\u200c\u200d")
_DOTS = frozenset("\u3002\uff0e\uff61")
_LEFT = frozenset(("L", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"))
_RIGHT = frozenset(("R", "AL", "AN", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"))
_IGNORED = frozenset("\u00ad\u034f\u200b\u2060\u2064\ufeff")


def to_ascii(name: str) -> str:
    """`idna.Lookup.ToASCII` of a name in lower case. Raises `SyntaxFault` where it gives an error."""
    mapped = name if name.isascii() else unicodedata.normalize("NFC", "".join(map(_map, name)))
    for at, char in enumerate(mapped):
        if not _is_valid(char):
            raise SyntaxFault(f"'{char}' is not allowed in a host name", *_span(name, char, at))
    labels = [_plain_label(name, label) for label in mapped.split(".")]
    if any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in "".join(labels)):
        for label in labels:
            _check_direction(name, label)
    return ".".join(label if label.isascii() else _encode(label) for label in labels)


def _encode(label: str) -> str:
    return "xn--" + label.encode("punycode").decode("ascii")


def _map(char: str) -> str:
    if char.isascii() or char in _AS_THEY_ARE:
        return char
    if char in _IGNORED:
        return ""
    if char in _DOTS:
        return "."
    mapped = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    return mapped if "." not in mapped and all(map(_is_valid, mapped)) else "\ufffd"


def _is_valid(char: str) -> bool:
    if char.isascii():
        return char in _ALLOWED
    return char in _AS_THEY_ARE or (char != "\ufffd" and unicodedata.category(char)[0] not in "CZ")


def _is_final(char: str) -> bool:
    return _is_valid(char) and _map(char) == char


def _plain_label(name: str, label: str) -> str:
    """A label with its Punycode resolved."""
    plain = _decode(name, label) if label.startswith("xn--") else label
    if not plain:
        return plain
    wide = plain.encode()
    if (len(wide) > 4 and wide[2:4] == b"--") or plain[0] == "-" or plain[-1] == "-":
        raise _fault(name, label, "has hyphens where they are not allowed")
    if unicodedata.category(plain[0])[0] == "M":
        raise _fault(name, label, "begins with a combining mark")
    return plain


def _check_direction(name: str, label: str) -> None:
    """RFC 5893, section 2."""
    kinds = [unicodedata.bidirectional(char) for char in label]
    while kinds and kinds[-1] == "NSM":
        kinds.pop()
    if not kinds:
        return
    if kinds[0] == "L":
        fits = _LEFT.issuperset(kinds) and kinds[-1] in ("L", "EN")
    else:
        fits = kinds[0] in ("R", "AL") and _RIGHT.issuperset(kinds) and kinds[-1] in ("R", "AL", "EN", "AN")
        fits = fits and not {"EN", "AN"}.issubset(kinds)
    if not fits:
        raise _fault(name, label, "mixes scripts that run left and right")


def _decode(name: str, label: str) -> str:
    code = label[4:]
    try:
        if code.rfind("-") == 0:
            raise UnicodeError
        plain = code.encode("ascii").decode("punycode")
        if plain and _encode(plain) != label:
            raise UnicodeError
    except UnicodeError:
        raise _fault(name, label, "is not Punycode") from None
    if plain and (plain.isascii() or not unicodedata.is_normalized("NFC", plain) or not all(map(_is_final, plain))):
        raise _fault(name, label, "does not stand for a host name")
    return plain


def _fault(name: str, label: str, reason: str) -> SyntaxFault:
    return SyntaxFault(f"'{label}' {reason}", *_span(name, label, 0))


def _span(name: str, part: str, start: int) -> tuple[int, int]:
    """Where a part of the mapped name stands in the original; all of it when mapping has moved it."""
    at = name.find(part, start)
    return (at, at + len(part)) if at >= 0 else (0, len(name))
