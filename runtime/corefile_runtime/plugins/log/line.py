"""Lines of the `log` plugin: formats are taken apart once; of a replayed answer only what differs is written anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from corefile_runtime.wire.classify import read_rcode
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.question import MAX_SIZE, MIN_SIZE, Query
from corefile_runtime.wire.rcodes import render_class, render_rcode, render_type
from corefile_runtime.wire.records import question_end, uncompressed_size

EMPTY, SIZE = "-", "{rsize}"

Render: TypeAlias = Callable[[str, int, int, float], str]
"""(host, port, ID, seconds) → the line."""
Line: TypeAlias = Callable[[Query, "bytes | None", "bytes | None"], Render]
"""(query, reply, the same as it is cut for the client) → what writes the line. Its size is told uncut."""

_VARYING = ("{remote}", "{port}", "{>id}", "{duration}")
_FLAGS = ((2, 128, "qr"), (2, 4, "aa"), (2, 2, "tc"), (2, 1, "rd"), (3, 128, "ra"), (3, 64, "z"), (3, 32, "ad"),
          (3, 16, "cd"))  # fmt: skip


def compile_format(text: str) -> Line:
    """A function from a query and its reply (None twice: none was written) to a function that writes the line."""
    nodes = _split(text)
    order = [_VARYING.index(node) for node in nodes if node in _VARYING]
    usual = order == [0, 1, 2, 3]
    names = [at for at, node in enumerate(nodes) if node == "{name}"]  # the one thing that is told as it was asked

    def line(query: Query, wire: bytes | None, sent: bytes | None) -> Render:
        seen = query.final
        parts = [
            node if node in _VARYING else _value(node, seen, wire if node == "{rsize}" else sent) for node in nodes
        ]
        for at in names:
            parts[at] = query.text
        pattern = "".join("%s" if part in _VARYING else part.replace("%", "%%") for part in parts)

        def render(host: str, port: int, number: int, seconds: float) -> str:
            values = bracket(host), port, number, render_seconds(seconds)
            return pattern % (values if usual else tuple(values[place] for place in order))

        return render

    return line


def labels_of(text: str) -> frozenset[str]:
    """The metadata labels in lines of this format."""
    return frozenset(node[2:-1] for node in _split(text) if node.startswith("{/"))


def _split(text: str) -> list[str]:
    """Literals, labels `{…}` and metadata `{/…}`; what is in braces but no label stays as it is."""
    out: list[str] = []
    while (right := text.find("}")) >= 0:
        left = text.rfind("{", 0, right)
        word = text[left : right + 1] if left >= 0 else ""
        if word in _VALUES or word in _VARYING or word.startswith("{/"):
            out += [text[:left], word]
        else:
            out.append(text[: right + 1])
        text = text[right + 1 :]
    return [part for part in (*out, text) if part]


def _value(node: str, query: Query, wire: bytes | None) -> str:
    value = _VALUES.get(node)
    if value is not None:
        return value(query, wire)
    if node.startswith("{/"):
        return (query.labels or {}).get(node[2:-1], EMPTY)
    return node


def bracket(host: str) -> str:
    """An address as it stands before a port (RFC 3986)."""
    return f"[{host}]" if ":" in host else host


def render_seconds(seconds: float) -> str:
    """Seconds without an exponent, as Go writes them."""
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + "s"


def _rcode(_query: Query, wire: bytes | None) -> str:
    return EMPTY if wire is None else render_rcode(read_rcode(wire))


def _rsize(_query: Query, wire: bytes | None) -> str:
    if wire is None:
        return "0"
    try:
        return str(uncompressed_size(wire, question_end(wire)))
    except (Malformed, IndexError):
        return str(len(wire))


def _rflags(_query: Query, wire: bytes | None) -> str:
    if wire is None:
        return EMPTY
    return ",".join(name for octet, bit, name in _FLAGS if wire[octet] & bit)


def _bufsize(query: Query) -> int:
    return MAX_SIZE if query.via.over == "tcp" else max(query.size, MIN_SIZE)


_VALUES: dict[str, Callable[[Query, bytes | None], str]] = {
    "{type}": lambda query, _: render_type(query.qtype),
    "{name}": lambda query, _: query.text,
    "{class}": lambda query, _: render_class(query.qclass),
    "{proto}": lambda query, _: query.via.over,
    "{size}": lambda query, _: str(query.length),
    "{local}": lambda query, _: bracket(query.via.local()),
    "{>opcode}": lambda query, _: str(query.wire[2] >> 3 & 15),
    "{>do}": lambda query, _: "true" if query.dnssec else "false",
    "{>bufsize}": lambda query, _: str(_bufsize(query)),
    "{rcode}": _rcode,
    SIZE: _rsize,
    "{>rflags}": _rflags,
}
