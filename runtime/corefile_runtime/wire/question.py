"""A query as it arrived, read as far as the hot path needs it."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from struct import Struct
from typing import Protocol

from corefile_runtime.wire.names import MAX_NAME, Malformed, read_name, render_name
from corefile_runtime.wire.option_check import check_options
from corefile_runtime.wire.rcodes import FORMERR, NOTIMP, OPT
from corefile_runtime.wire.rdata_check import check_rdata
from corefile_runtime.wire.records import uncompressed_size

MIN_SIZE, MAX_SIZE = 512, 65535
_NOTIFY = 4 << 3
_ADDITIONAL = 2
# The counts of one question, alone or with an OPT.
_ALONE, _WITH_OPT = b"\0\1\0\0\0\0\0\0", b"\0\1\0\0\0\0\0\1"
_read_kind = Struct("!HH").unpack_from


class Transport(Protocol):
    """The socket or connection that a query came on.

    `over` is `udp` or `tcp`, as metrics and upstreams know it. A peer is what the transport needs to find the client
    again; only the transport can read it.
    """

    over: str

    def send(self, wire: bytes, peer: bytes) -> None:
        """Answer later: for replies that had to wait."""
        ...

    def client(self, peer: bytes) -> tuple[str, int]:
        """Address and port of the client, IPv4 as IPv4."""
        ...

    def local(self) -> str:
        """The address that the query was sent to, as the `log` plugin's `{local}` shows it."""
        ...

    def stream(self, messages: Iterator[bytes], peer: bytes) -> None:
        """Answer with several messages, each taken when there is room for it. Over UDP there is room for one."""
        ...


class Traced(Protocol):
    """The span of a query that is traced."""

    def step(self, name: str, tags: dict[str, str]) -> None:
        """Begin a part of what a plugin does."""
        ...


class Seal(Protocol):
    """The last word on the bytes of each message to the client, such as a TSIG; `reserve` octets are kept free."""

    reserve: int

    def __call__(self, wire: bytes, /) -> bytes: ...


class Query:
    """One question on its way through a chain. Plugins that change it pass on a copy.

    `wire` is the message with its question uncompressed; `name` the labels asked for in lower case, `asked` as they
    were asked; `end` the offset behind the question. `opt` is the offset of the OPT record (0: none) whose size, DO and
    version are in `size`, `dnssec` and `version`; `options` tells whether it carries any, or other records are there:
    whether the message may be one of its kind. `start` is the monotonic time of arrival. `changed` is what a plugin
    behind has made of it where CoreDNS changes a query for the plugins in front too: of `final` logs, metrics and the
    server tell type, flags and EDNS; the OPT of the reply goes by `reverted` where that is set. `deadline` is the
    monotonic time at which those who wait give up. `span` is set where the query is traced,
    `seal` where a plugin has the last word on the bytes of its reply: what is sealed is not replayed.
    """

    __slots__ = (
        "changed",
        "deadline",
        "end",
        "labels",
        "name",
        "opt",
        "options",
        "peer",
        "qclass",
        "qtype",
        "reverted",
        "seal",
        "size",
        "span",
        "start",
        "text_name",
        "via",
        "wire",
    )  # fmt: skip

    wire: bytes
    via: Transport
    peer: bytes
    start: float
    end: int
    name: bytes
    qtype: int
    qclass: int
    opt: int
    size: int
    options: bool
    text_name: str
    labels: dict[str, str] | None
    changed: Query | None
    reverted: Query | None
    span: Traced | None
    seal: Seal | None
    deadline: float

    @property
    def asked(self) -> bytes:
        """The labels in the letter case of the client."""
        return self.wire[12 : self.end - 4]

    @property
    def text(self) -> str:
        """The name in lower case, as text with a final dot."""
        if not self.text_name:
            self.text_name = render_name(self.name)
        return self.text_name

    @property
    def dnssec(self) -> bool:
        """Whether DO is set."""
        return bool(self.opt and self.wire[self.opt + 7] & 128)

    @property
    def version(self) -> int:
        """The EDNS version, 0 without EDNS."""
        return self.wire[self.opt + 6] if self.opt else 0

    @property
    def final(self) -> Query:
        """The query as the plugins behind have left it."""
        query = self
        while query.changed is not None:
            query = query.changed
        return query

    @property
    def last_seal(self) -> Seal | None:
        """The seal of the query, or of what it has become."""
        query: Query | None = self
        while query is not None:
            if query.seal is not None:
                return query.seal
            query = query.changed
        return None

    @property
    def limit(self) -> int:
        """The largest reply that the client takes."""
        if self.via.over == "tcp":
            return MAX_SIZE
        return max(MIN_SIZE, self.size)

    @property
    def length(self) -> int:
        """How many octets the query has without compression."""
        wire = self.wire
        behind = wire[6:12]
        if behind == b"\0\0\0\0\0\0":
            return self.end
        if self.opt == self.end and behind == b"\0\0\0\0\0\1":
            return self.end + 11 + (wire[self.opt + 9] << 8 | wire[self.opt + 10])
        try:
            return uncompressed_size(wire, self.end)
        except (Malformed, IndexError):  # counts with nothing behind are forgiven
            return len(wire)

    def publish(self, label: str, value: str) -> None:
        """Set a metadata label such as `forward/upstream` for plugins further out."""
        if self.labels is None:
            self.labels = {}
        self.labels[label] = value

    def with_wire(self, wire: bytes) -> Query:
        """The same query with other bytes; only flags may differ, and what is behind the question but the OPT."""
        copy = Query()
        # One by one: this is done for each query that misses a cache, and tuples cost.
        copy.via = self.via
        copy.peer = self.peer
        copy.start = self.start
        copy.labels = self.labels
        copy.name = self.name
        copy.qtype = self.qtype
        copy.qclass = self.qclass
        copy.end = self.end
        copy.wire = wire
        copy.opt = self.opt
        copy.size = self.size
        copy.options = self.options
        copy.text_name = self.text_name
        copy.changed = copy.reverted = copy.seal = None
        copy.span = self.span
        copy.deadline = self.deadline
        return copy

    def with_question(self, name: bytes, qtype: int, qclass: int) -> Query:
        """The same query for something else."""
        question = name + qtype.to_bytes(2, "big") + qclass.to_bytes(2, "big")
        copy = self.with_wire(self.wire[:12] + question + self.wire[self.end :])
        copy.name, copy.qtype, copy.qclass, copy.end = name.lower(), qtype, qclass, 12 + len(question)
        copy.text_name = ""
        if self.opt:
            copy.opt = self.opt + copy.end - self.end
        return copy


def bare(wire: bytes, rcode: int, opcode: int = 0) -> bytes:
    """A header alone, for messages that cannot be understood: RD, AD and CD as they came."""
    return wire[:2] + bytes((128 | opcode | wire[2] & 3, wire[3] & 0xB0 | rcode)) + bytes(8)


def read_query(wire: bytes, via: Transport, peer: bytes, start: float) -> Query | bytes | None:
    """Read a message: a query, or the reply to one that is no good, or None for what deserves no reply.

    A header without any question behind it is a query with `end` 12 and type 0: the server knows what to say to it.
    The message ends behind its last record, as in miekg/dns: what lies behind goes nowhere, and is no part of a key.
    """
    size = len(wire)
    if size < 12:
        return None
    # miekg/dns (defaultMsgAcceptFunc): a reply is ignored, an opcode other than QUERY and NOTIFY gets NOTIMP.
    first = wire[2] & 0xF8
    if first and first != _NOTIFY:
        return bare(wire, NOTIMP, first) if first < 128 else None
    counts = wire[4:12]
    alone = counts == _ALONE
    # miekg/dns takes one question, at most one answer and one authority record, and two additional ones.
    if (
        not alone
        and counts != _WITH_OPT
        and (
            counts[:2] != b"\0\1"
            or counts[2]
            or counts[3] > 1
            or counts[4]
            or counts[5] > 1
            or counts[6]
            or counts[7] > 2
        )
    ):
        return bare(wire, FORMERR)
    query = Query()
    query.via = via
    query.peer = peer
    query.start = start
    query.labels = query.changed = query.reverted = query.span = query.seal = None
    query.text_name = ""
    query.opt = query.size = 0
    query.options = False
    query.deadline = inf
    at = 12
    try:
        # miekg/dns takes a header alone as a message without a question; CoreDNS then answers SERVFAIL.
        if size == 12:
            query.wire, query.end, query.name, query.qtype, query.qclass = wire, 12, b"\0", 0, 0
            return query
        length = wire[12]
        while length:
            if length >= 64:
                return _read_pointed(query, wire)
            at += length + 1
            length = wire[at]
        # 12 of the header and 254 of a name up to its root: more is too long (RFC 1035, 2.3.4).
        if at > 266 or size < at + 5:
            return _read_short(query, wire, at + 1)
    except (IndexError, Malformed):
        return bare(wire, FORMERR)
    query.end = at + 5
    query.wire = wire
    query.name = wire[12 : at + 1].lower()
    query.qtype, query.qclass = _read_kind(wire, at + 1)
    if alone:
        if size > query.end:
            query.wire = wire[: query.end]
        return query
    return _read_behind(query)


def _read_behind(query: Query) -> Query | bytes:
    """What stands behind the question: mostly an OPT without options, and nothing else."""
    wire, end = query.wire, query.end
    if wire[6:12] == b"\0\0\0\0\0\1" and len(wire) == end + 11 and wire[end : end + 3] == b"\0\0\x29":
        if wire[end + 9] or wire[end + 10]:
            return _echo(query, FORMERR)
        query.opt = end
        query.size = wire[end + 3] << 8 | wire[end + 4]
        return query
    try:
        _read_rest(query)
    except (IndexError, Malformed):
        return _echo(query, FORMERR)
    return query


def _echo(query: Query, rcode: int) -> bytes:
    """A header and the question, for messages that are broken behind it."""
    head = bare(query.wire, rcode)
    return head[:4] + b"\0\1" + head[6:] + query.wire[12 : query.end]


def _read_pointed(query: Query, wire: bytes) -> Query | bytes | None:
    """A question whose name is compressed: it is written out, as everything else expects it to be."""
    name, end = read_name(wire, 12)
    return read_query(wire[:12] + name + wire[end:], query.via, query.peer, query.start)


def _read_short(query: Query, wire: bytes, end: int) -> Query | bytes | None:
    """A message that ends right behind the name, or behind the type: what is missing counts as 0."""
    missing = end + 4 - len(wire)
    if end > 12 + MAX_NAME or missing not in (2, 4):
        raise Malformed("no question")
    return read_query(wire + bytes(missing), query.via, query.peer, query.start)


def _correct_counts(query: Query, section: int, number: int) -> None:
    """The message ends in a section with fewer records than it says: no other machine shall get counts that lie.

    CoreDNS forgives it and counts anew (miekg/dns: Msg.unpack).
    """
    wire, place = query.wire, 6 + 2 * section
    query.wire = wire[:place] + number.to_bytes(2, "big") + bytes(10 - place) + wire[12:]


def _read_rest(query: Query) -> None:
    """Walk over the records behind the question and remember the last OPT; raises Malformed or IndexError."""
    wire, at = query.wire, query.end
    for section, count in enumerate((wire[7], wire[9], wire[11])):
        for number in range(count):
            if at == len(wire):
                _correct_counts(query, section, number)
                return
            _, body = read_name(wire, at)
            rtype, end = wire[body] << 8 | wire[body + 1], body + 10 + (wire[body + 8] << 8 | wire[body + 9])
            if end > len(wire):
                raise Malformed("record is broken")
            if rtype == OPT:
                check_options(wire, body + 10, end)
                # miekg/dns looks for EDNS among the additional records only (Msg.IsEdns0), and takes the last one.
                if section == _ADDITIONAL:
                    query.opt = body - 1
                    query.size = wire[body + 2] << 8 | wire[body + 3]
            else:
                check_rdata(wire, rtype, body + 10, end)
            # Such queries are not replayed: a name may point into the ID, a signature is good for once.
            query.options = query.options or rtype != OPT or wire[at] != 0 or end > body + 10
            at = end
    query.wire = wire[:at]
