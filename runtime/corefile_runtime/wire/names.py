"""Domain names: labels in a message, and their text form."""

from __future__ import annotations

# What miekg/dns escapes with a backslash in a label, besides octets that do not print.
_SPECIAL = frozenset(b".'@;() \"\\")
_BAD_LABEL = "empty label or label of more than 63 octets"
_LENGTHS = [bytes((length,)) for length in range(64)]
MAX_NAME = 255
# No sane message has more pointers in a name, and it bounds loops (miekg/dns: maxCompressionPointers).
MAX_JUMPS = 126


class Malformed(ValueError):
    """The bytes are no DNS message."""


class Cut(Malformed):
    """The message, or a record in it, ends too early."""


class Astray(Malformed):
    """A pointer does not lead to what stood before it, behind the header (RFC 1035, 4.1.4)."""


def read_name(message: bytes, at: int) -> tuple[bytes, int]:
    """The name at an offset, as uncompressed labels with the root at its end, and the offset behind it.

    Pointers may lead anywhere, as in CoreDNS. Raises Cut for what runs out of the message, Malformed for what loops or
    is longer than 255 octets.
    """
    out: list[bytes] = []
    after, size, jumps, end = 0, 1, 0, len(message)
    while at < end:
        length = message[at]
        if not length:
            out.append(b"\0")
            return b"".join(out), after or at + 1
        if length >= 192:
            if at + 1 >= end:
                break
            if jumps >= MAX_JUMPS:
                raise Malformed("too many compression pointers")
            after, jumps = after or at + 2, jumps + 1
            at = (length & 63) << 8 | message[at + 1]
        elif length >= 64:
            raise Malformed("bad label")
        elif at + length >= end:
            break
        else:
            size += length + 1
            if size > MAX_NAME:
                raise Malformed("name is too long")
            out.append(message[at : at + length + 1])
            at += length + 1
    raise Cut("name runs out of the message")


def check_name(message: bytes, at: int, end: int) -> int:
    """The offset behind the name at an offset, in a message that is taken to end at `end`.

    Raises as `read_name` does, and Astray: that one last, when the name is sound otherwise.
    """
    # Inlined, and without making the name: this runs for each name of each reply of an upstream.
    after, size, jumps, astray = 0, 1, 0, False
    while at < end:
        length = message[at]
        if length < 64:
            at += length + 1
            if not length:
                if astray:
                    raise Astray("pointer leads astray")
                return after or at
            size += length + 1
            if size > MAX_NAME and at <= end:
                raise Malformed("name is too long")
        elif length < 192:
            raise Malformed("bad label")
        elif at + 1 >= end:
            break
        else:
            jumps += 1
            if jumps > MAX_JUMPS:
                raise Malformed("too many compression pointers")
            target = (length & 63) << 8 | message[at + 1]
            # No error yet: what miekg/dns says of the rest of the name comes first.
            if target < 12 or target >= at:
                astray = True
            after = after or at + 2
            at = target
    raise Cut("name runs out of the message")


def skip_name(message: bytes, at: int) -> int:
    """The offset behind the name at an offset; raises IndexError or Malformed where there is none."""
    length = message[at]
    while length:
        if length >= 64:
            if length < 192:
                raise Malformed("bad label")
            return at + 2
        at += length + 1
        length = message[at]
    return at + 1


def render_name(name: bytes) -> str:
    """Uncompressed labels as text with a final dot, escaped as CoreDNS writes it."""
    if name == b"\0":
        return "."
    labels: list[bytes] = []
    at = 0
    while length := name[at]:
        after = at + length + 1
        labels.append(name[at + 1 : after])
        at = after
    data = b".".join(labels)
    # Most names have nothing to escape, and are decoded as a whole.
    if data.translate(None, b"-_.").isalnum() and data.count(b".") == len(labels) - 1:
        return data.decode("ascii") + "."
    return ".".join(["".join(map(_render_octet, label)) for label in labels]) + "."


def is_plain(text: str) -> bool:
    """Whether a name is written as `render_name` would write it, for all that has nothing to escape."""
    return text.isascii() and text.endswith(".") and text.replace("-", "").replace("_", "").replace(".", "").isalnum()


def _render_octet(octet: int) -> str:
    if octet in _SPECIAL:
        return "\\" + chr(octet)
    return chr(octet) if 32 <= octet <= 126 else f"\\{octet:03d}"


def parse_name(text: str) -> bytes:
    """Labels of a name written as text, with or without its final dot; raises Malformed for what is none.

    The empty text is `corefile.ir.values.NOWHERE`: its bytes end no name.
    """
    if text == ".":
        return b"\0"
    if not text:
        return b"\xff"
    data = text.encode("utf-8", "surrogateescape")
    out = _join_labels(data.removesuffix(b".").split(b".")) if b"\\" not in data else _read_escaped(data)
    if len(out) >= MAX_NAME:
        raise Malformed(f"name is too long: {text!r}")
    return out + b"\0"


def _join_labels(labels: list[bytes]) -> bytes:
    if b"" in labels:
        raise Malformed(_BAD_LABEL)
    try:
        return b"".join([_LENGTHS[len(label)] + label for label in labels])
    except IndexError:
        raise Malformed(_BAD_LABEL) from None


def _read_escaped(data: bytes) -> bytes:
    out, label = bytearray(), bytearray()
    at = 0
    while at < len(data):
        octet = data[at]
        if octet == 0x5C and at + 1 < len(data):
            # `\DDD` is an octet, `\X` is X (RFC 1035, 5.1).
            digits = data[at + 1 : at + 4]
            code = int(digits) if len(digits) == 3 and digits.isdigit() else -1
            label.append(code if 0 <= code <= 255 else data[at + 1])
            at += 4 if 0 <= code <= 255 else 2
        elif octet == 0x2E:
            _close_label(out, label)
            at += 1
        else:
            label.append(octet)
            at += 1
    if label:
        _close_label(out, label)
    return bytes(out)


def _close_label(out: bytearray, label: bytearray) -> None:
    if not 0 < len(label) < 64:
        raise Malformed(_BAD_LABEL)
    out.append(len(label))
    out += label
    label.clear()
