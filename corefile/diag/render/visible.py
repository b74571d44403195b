"""Text of strangers on a terminal: what would move the cursor or turn the line around is spelled out."""

from __future__ import annotations

_CONTROLS = [
    *range(0x20),
    0x7F,
    *range(0x80, 0xA0),
    0x200E,
    0x200F,
    0xFEFF,
    *range(0x2028, 0x202F),
    *range(0x2066, 0x206A),
]
_NAMES = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}
_SPELLED = {code: _NAMES.get(code) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}") for code in _CONTROLS}
_ESCAPED = {code: f"\\u{code:04x}" for code in _CONTROLS if code > 0x7F}
_DRAWN = dict.fromkeys(_CONTROLS, "\ufffd") | {0x09: "\t"}


def visible(text: str) -> str:
    """Control characters as escapes, everything else as it is."""
    return text if text.isascii() and text.isprintable() else text.translate(_SPELLED)


def drawn(text: str) -> str:
    """The same length, each control character but the tab a replacement character: for a line with marks below."""
    return text if text.isascii() and text.isprintable() else text.translate(_DRAWN)


def visible_json(text: str) -> str:
    """A JSON document that is not all ASCII: control characters above it as JSON's escapes."""
    return text if text.isascii() else text.translate(_ESCAPED)


def cells(text: str) -> int:
    """Columns of a terminal that a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
