"""Records in zone-file text, one at a time, as CoreDNS's library reads them (miekg/dns: NewRR).

Names are absolute whether they end in a dot or not, `@` is the root, and a TTL that is left out is 3600.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import lru_cache

from corefile.ir.mnemonics import CLASSES, TYPES
from corefile_runtime.wire.names import Malformed, parse_name
from corefile_runtime.wire.records import Record

DEFAULT_TTL = 3600
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SPECIAL = frozenset('";()\\\n')


class BadRecord(ValueError):
    """The text is no record; the message says why."""


def parse_record(text: str, known: str = "", labels: bytes = b"") -> Record | None:
    """The first record of a text, None when there is none; raises BadRecord.

    Mostly it is the record of a name that is `known` already, together with its labels.
    """
    owner, _, rest = text.partition(" ")
    if owner == known and owner and _SPECIAL.isdisjoint(text):
        return Record(labels, *_parse_rest(rest))
    if owner and not owner.startswith("$") and _SPECIAL.isdisjoint(text) and owner.isprintable():
        return Record(_name(owner), *_parse_rest(rest))
    words = split_words(text)
    if not words:
        return None
    if words[0][0].startswith("$") and not words[0][1]:
        raise BadRecord(f"'{words[0][0]}' is a directive, not a record")
    return Record(_name(words[0][0]), *_parse_fields(words[1:]))


Fields = tuple[int, int, int, bytes]
Word = tuple[str, bool]
"""Text, escapes as they stand, and whether it was in quotes."""


# A template makes the same data for many names.
@lru_cache(4096)
def _parse_rest(text: str) -> Fields:
    return _parse_fields([(word, False) for word in text.split()])


def split_words(text: str) -> list[Word]:
    """The words of the first entry: quotes, escapes and comments seen to, parentheses spanning lines."""
    words: list[Word] = []
    at, depth, end = 0, 0, len(text)
    while at < end:
        char = text[at]
        if char == "\n" and not depth:
            if words:
                return words
        elif char == "(":
            depth += 1
        elif char == ")":
            if not depth:
                raise BadRecord("a closing parenthesis without an opening one")
            depth -= 1
        elif char == ";":
            at = text.find("\n", at)
            if at < 0:
                break
            continue
        elif char == '"' or not char.isspace():
            word, at = _quoted(text, at + 1) if char == '"' else _plain(text, at)
            words.append((word, char == '"'))
            continue
        at += 1
    if depth:
        raise BadRecord("a parenthesis is not closed")
    return words


def _quoted(text: str, at: int) -> tuple[str, int]:
    start = at
    while at < len(text):
        if text[at] == '"':
            return text[start:at], at + 1
        at += 2 if text[at] == "\\" else 1
    raise BadRecord("a quote is not closed")


def _plain(text: str, at: int) -> tuple[str, int]:
    start = at
    while at < len(text) and not text[at].isspace() and text[at] not in '";()':
        at += 2 if text[at] == "\\" else 1
    return text[start:at], at


def _parse_fields(words: list[Word]) -> Fields:
    """`[TTL] [CLASS] TYPE RDATA`, TTL and class in any order."""
    ttl, rclass, at = DEFAULT_TTL, 1, 0
    for at, (word, _) in enumerate(words):
        upper = word.upper()
        rtype = _number_of(upper, "TYPE", TYPES)
        if rtype is not None:
            return rtype, rclass, ttl, _parse_rdata(rtype, words[at + 1 :])
        found = _number_of(upper, "CLASS", CLASSES)
        if found is not None:
            rclass = found
        # A TTL may stand before or behind the class, but nothing else (RFC 1035, 5.1).
        elif at < 2:
            ttl = parse_ttl(word)
        else:
            break
    raise BadRecord(f"type expected, '{words[at][0]}' found" if words else "type expected")


def _number_of(word: str, prefix: str, table: dict[str, int]) -> int | None:
    if word in table:
        return table[word]
    digits = word.removeprefix(prefix)
    return int(digits) if digits != word and digits.isdecimal() and int(digits) < 65536 else None


def parse_ttl(word: str) -> int:
    """Seconds, or numbers with units: `1h30m`; raises BadRecord."""
    total, digits = 0, ""
    for char in word.lower():
        if char.isdecimal():
            digits += char
        elif char in _UNITS and digits:
            total, digits = total + int(digits) * _UNITS[char], ""
        else:
            raise BadRecord(f"'{word}' is neither TTL, class nor type")
    total += int(digits or 0)
    if total > 0xFFFFFFFF:
        raise BadRecord(f"TTL '{word}' is too large")
    return total


def _name(text: str) -> bytes:
    try:
        return b"\0" if text == "@" else parse_name(text)
    except Malformed as error:
        raise BadRecord(str(error)) from None


def _parse_rdata(rtype: int, words: list[Word]) -> bytes:
    if words and words[0] == ("\\#", False):
        return _generic([word for word, _ in words[1:]])
    shape = _SHAPES.get(rtype)
    if shape is None:
        return _by_library(rtype, words)
    if len(shape) != len(words) and shape[-1] is not _strings:
        raise BadRecord(f"{len(words)} fields found, {len(shape)} expected")
    out = [read(word) for read, (word, _) in zip(shape, words, strict=False) if read is not _strings]
    if shape[-1] is _strings:
        out += [_string(word) for word, _ in words[len(shape) - 1 :]]
    return b"".join(out)


def _generic(words: list[str]) -> bytes:
    """`\\# LENGTH HEX` (RFC 3597)."""
    try:
        data = bytes.fromhex("".join(words[1:]))
        if len(data) == int(words[0]):
            return data
    except (ValueError, IndexError):
        pass
    raise BadRecord("a length and as many octets in hexadecimal expected")


def _address(family: socket.AddressFamily, mark: str) -> Callable[[str], bytes]:
    def read(word: str) -> bytes:
        try:
            if mark in word:
                return socket.inet_pton(family, word)
        except (OSError, ValueError):
            pass
        raise BadRecord(f"'{word}' is no address of this kind")

    return read


def _uint(octets: int) -> Callable[[str], bytes]:
    def read(word: str) -> bytes:
        if word.isascii() and word.isdecimal() and int(word) < 1 << 8 * octets:
            return int(word).to_bytes(octets, "big")
        raise BadRecord(f"'{word}' is no number of {8 * octets} bits")

    return read


def _seconds(word: str) -> bytes:
    return parse_ttl(word).to_bytes(4, "big")


def _string(word: str) -> bytes:
    data = unescape(word)
    # A longer text goes on in the next character string (RFC 1035, 3.3), as miekg/dns does it.
    pieces = [data[at : at + 255] for at in range(0, len(data), 255)] or [b""]
    return b"".join(bytes((len(piece),)) + piece for piece in pieces)


def _text(word: str) -> bytes:
    return unescape(word)


def _tag(word: str) -> bytes:
    return bytes((len(word),)) + word.encode("ascii", "replace")


def _strings(word: str) -> bytes:
    """Stands for any number of texts at the end."""
    return _string(word)


def unescape(word: str) -> bytes:
    """A text with its escapes `\\X` and `\\DDD` resolved."""
    if "\\" not in word:
        return word.encode("utf-8", "surrogateescape")
    out, at = bytearray(), 0
    while at < len(word):
        if word[at] != "\\" or at + 1 == len(word):
            out += word[at].encode("utf-8", "surrogateescape")
            at += 1
            continue
        digits = word[at + 1 : at + 4]
        if len(digits) == 3 and digits.isdecimal() and int(digits) < 256:
            out.append(int(digits))
            at += 4
        else:
            out += word[at + 1].encode("utf-8", "surrogateescape")
            at += 2
    return bytes(out)


_SHAPES: dict[int, tuple[Callable[[str], bytes], ...]] = {
    1: (_address(socket.AF_INET, "."),),
    28: (_address(socket.AF_INET6, ":"),),
    **dict.fromkeys((2, 3, 4, 5, 7, 8, 9, 12, 39), (_name,)),
    6: (_name, _name, _uint(4), _seconds, _seconds, _seconds, _seconds),
    **dict.fromkeys((15, 18, 21, 36), (_uint(2), _name)),
    **dict.fromkeys((16, 99), (_strings,)),
    17: (_name, _name),
    33: (_uint(2), _uint(2), _uint(2), _name),
    35: (_uint(2), _uint(2), _string, _string, _string, _name),
    257: (_uint(1), _tag, _text),
}  # fmt: skip


def _by_library(rtype: int, words: list[Word]) -> bytes:
    """Types that are rarely written by hand: dnspython knows them, where it is installed."""
    try:
        from dns.exception import DNSException
        from dns.name import root
        from dns.rdata import from_text
        from dns.rdatatype import RdataType
    except ImportError:
        raise BadRecord(f"records of type {rtype} need dnspython") from None
    text = " ".join(f'"{word}"' if quoted else word for word, quoted in words)
    try:
        rdata = from_text("IN", RdataType.make(rtype), text, origin=root, relativize=False)
        return rdata.to_wire() or b""
    except (DNSException, ValueError, KeyError) as error:
        raise BadRecord(str(error)) from None
