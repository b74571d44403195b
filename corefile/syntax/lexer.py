"""Text to words, as CoreDNS's lexer does it. The rules are in `docs/language.md`, *Words*."""

from __future__ import annotations

import re
from itertools import islice

from corefile.ir.source import ImportSite, Source, Word

BLANKS = " \t\v\f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What separates words: Go's `unicode.IsSpace` without LF, which also ends lines, and CR, which is dropped."""

_TOKEN = re.compile(
    rf"[{BLANKS}\r]*(?:"
    rf'([^{BLANKS}\r\n#"][^{BLANKS}\n#]*)(?:#[^{BLANKS}\n]*)?'  # 1: a word, a comment glued to it
    r"|(\n)"
    r'|"((?:[^"\\]++|\\.)*+)(?:"|\\?\Z)'  # 3: what is in quotes, which may never be closed
    r"|#[^\n]*|\Z)",
    re.DOTALL,
)

TOKEN_LIMIT = 3_000_000
"""Words, lines and comments that a text may have; a word takes some 200 bytes of memory. CoreDNS has no such limit."""


class TooLarge(ValueError):
    """A text that is beyond the limits of this program, and which: CoreDNS would take it, or run out of memory."""


def lex(source: Source, imports: tuple[ImportSite, ...] = ()) -> list[Word]:
    """All words of a text. Any text gives words, nothing is refused here, but for `TooLarge`."""
    words: list[Word] = []
    add = words.append
    line = 1
    matches = _TOKEN.finditer(source.text)
    for match in islice(matches, TOKEN_LIMIT):
        group = match.lastindex
        if group == 1:
            start, end = match.span(1)
            text = match[1]
            add(Word(text.replace("\r", "") if "\r" in text else text, line, start, end, source, imports))
        elif group == 2:
            line += 1
        elif group == 3:
            line = _add_quoted(words, match, line, source, imports)
    if next(matches, None) is not None:
        raise TooLarge(f"it has more than {TOKEN_LIMIT // 1_000_000} million words and lines")
    return words


def _add_quoted(
    words: list[Word], match: re.Match[str], line: int, source: Source, imports: tuple[ImportSite, ...]
) -> int:
    """A word in quotes; the line on which it ends. Quotes that are never closed, with nothing in them, are no word."""
    start, end = match.start(3) - 1, match.end()
    content = match[3]
    closed = end > match.end(3) and source.text[end - 1] == '"'
    if closed or content:
        words.append(Word(_unescape(content), line, start, end, source, imports))
    return line + content.count("\n")


def _unescape(content: str) -> str:
    r"""Only `\"` is an escape; a backslash takes the character behind it along, so `\\"` is not one."""
    if "\\" not in content:
        return content
    return re.sub(r"\\(.)", lambda match: '"' if match[1] == '"' else match[0], content, flags=re.DOTALL)


def decode(data: bytes) -> str:
    """Bytes to text as CoreDNS reads them: a BOM is dropped, each byte that is not UTF-8 becomes U+FFFD."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return re.sub("[\udc80-\udcff]", "\ufffd", data.decode("utf-8", "surrogateescape"))
