"""The query as templates see it: miekg/dns's `Msg`, with the fields and methods that tell something of it."""

from __future__ import annotations

from corefile.golang.faults import EvaluationFault
from corefile.golang.texttemplate.functions import NilPointer
from corefile_runtime.wire.classify import read_rcode
from corefile_runtime.wire.names import render_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import OPT, TSIG, render_class, render_type
from corefile_runtime.wire.records import Record, find_records, read_record

# ruff: noqa: N802 - Go's names

NOT_OFFERED = frozenset((
    "Copy", "CopyTo", "Pack", "PackBuffer", "SetAxfr", "SetEdns0", "SetIxfr", "SetNotify", "SetQuestion", "SetRcode",
    "SetRcodeFormatError", "SetReply", "SetTsig", "SetUpdate", "String", "Truncate", "Unpack",
))  # fmt: skip
"""Methods of `Msg` that would change it, or write it down as a whole: who names one of them is refused at the start."""


class Question:
    """A question (dns.Question)."""

    __slots__ = ("Name", "Qclass", "Qtype")

    def __init__(self, query: Query) -> None:
        self.Name = render_name(query.asked)
        self.Qtype = query.qtype
        self.Qclass = query.qclass

    def String(self) -> str:
        """As dig shows it."""
        return f";{self.Name}\t{render_class(self.Qclass)}\t {render_type(self.Qtype)}"

    __str__ = String


class Header:
    """What all records have (dns.RR_Header)."""

    __slots__ = ("Class", "Name", "Rdlength", "Rrtype", "Ttl")

    def __init__(self, record: Record, length: int) -> None:
        self.Name = render_name(record.owner)
        self.Rrtype, self.Class, self.Ttl, self.Rdlength = record.rtype, record.rclass, record.ttl, length


class Resource:
    """A record, of which the head alone can be looked at."""

    __slots__ = ("Hdr", "_record")

    def __init__(self, record: Record, length: int) -> None:
        self.Hdr = Header(record, length)
        self._record = record

    def Header(self) -> Header:
        """The same as a method."""
        return self.Hdr

    def __str__(self) -> str:
        raise EvaluationFault("a record of the query is not written down by 'corefile run'")


class Opt(Resource):
    """An OPT (dns.OPT, RFC 6891, 6.1.3)."""

    __slots__ = ()

    def UDPSize(self) -> int:
        """What the client takes."""
        return self.Hdr.Class

    def Do(self) -> bool:
        """Whether it wants DNSSEC."""
        return bool(self.Hdr.Ttl & 0x8000)

    def Co(self) -> bool:
        """Whether it wants compact answers (draft-ietf-dnsop-compact-denial-of-existence)."""
        return bool(self.Hdr.Ttl & 0x4000)

    def Version(self) -> int:
        """The version of EDNS."""
        return self.Hdr.Ttl >> 16 & 0xFF

    def ExtendedRcode(self) -> int:
        """The upper bits of the response code, where they stand in it."""
        return self.Hdr.Ttl >> 24 << 4

    def Z(self) -> int:
        """The flags without a meaning."""
        return self.Hdr.Ttl & 0x3FFF

    def __str__(self) -> str:
        if self.Hdr.Rdlength:
            return super().__str__()
        flags = (" do" if self.Do() else "") + (" co" if self.Co() else "")
        odd = f"MBZ: 0x{self.Z():04x}, " if self.Z() else ""
        return f"\n;; OPT PSEUDOSECTION:\n; EDNS: version {self.Version()}; flags:{flags}; {odd}udp: {self.UDPSize()}"


class Message:
    """A query (dns.Msg)."""

    __slots__ = (
        "Answer", "AuthenticatedData", "Authoritative", "CheckingDisabled", "Compress", "Extra", "Id", "Ns", "Opcode",
        "Question", "Rcode", "RecursionAvailable", "RecursionDesired", "Response", "Truncated", "Zero", "_length",
    )  # fmt: skip

    def __init__(self, query: Query) -> None:
        first, second = query.wire[2], query.wire[3]
        self.Id = query.wire[0] << 8 | query.wire[1]
        self.Opcode, self.Rcode = first >> 3 & 15, read_rcode(query.wire)
        self.Response, self.Authoritative = bool(first & 128), bool(first & 4)
        self.Truncated, self.RecursionDesired = bool(first & 2), bool(first & 1)
        self.RecursionAvailable, self.Zero = bool(second & 128), bool(second & 64)
        self.AuthenticatedData, self.CheckingDisabled = bool(second & 32), bool(second & 16)
        self.Compress = False
        self.Question = [Question(query)]
        self.Answer, self.Ns, self.Extra = _read_sections(query)
        self._length = query.length

    @property
    def MsgHdr(self) -> Message:
        """The fields of the header, which Go embeds."""
        return self

    def Len(self) -> int:
        """Its octets without compression."""
        return self._length

    def IsEdns0(self) -> Resource | NilPointer:
        """The last OPT."""
        return next((one for one in reversed(self.Extra) if one.Hdr.Rrtype == OPT), NilPointer())

    def IsTsig(self) -> Resource | NilPointer:
        """The signature, which is the last record of all."""
        last = self.Extra[-1:]
        return last[0] if last and last[0].Hdr.Rrtype == TSIG else NilPointer()


def _read_sections(query: Query) -> tuple[list[Resource], list[Resource], list[Resource]]:
    wire = query.wire
    if wire[6:12] == b"\0\0\0\0\0\0":
        return [], [], []
    records = [_read(wire, place) for place in find_records(wire, query.end)]
    answers, authority = wire[7], wire[7] + wire[9]  # a query has no more than two in a section
    return records[:answers], records[answers:authority], records[authority:]


def _read(wire: bytes, place: tuple[int, int, int]) -> Resource:
    at = place[1] + 8
    kind = Opt if place[2] == OPT else Resource
    return kind(read_record(wire, place), wire[at] << 8 | wire[at + 1])
