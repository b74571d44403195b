"""Types of dnslib, which has none: the part used here."""

from typing import Any, ClassVar, Self

RDMAP: dict[str, type[RD]]
version: str

class DNSError(Exception): ...
class DNSLabelError(Exception): ...
class BimapError(Exception): ...
class BufferError(Exception): ...

class Bimap:
    """Numbers by name (`QTYPE.AAAA`) and names by number (`QTYPE[28]`)."""

    forward: dict[int, str]
    reverse: dict[str, int]
    def __getattr__(self, name: str) -> int: ...
    def __getitem__(self, number: int) -> str: ...
    def get(self, number: int, default: str | None = None) -> str: ...

QTYPE: Bimap
CLASS: Bimap
QR: Bimap
RCODE: Bimap
OPCODE: Bimap

class DNSLabel:
    label: tuple[bytes, ...]
    def __init__(self, label: _Name) -> None: ...
    def __len__(self) -> int: ...
    def __hash__(self) -> int: ...
    def idna(self) -> str: ...
    def add(self, name: _Name) -> DNSLabel: ...
    def matchGlob(self, pattern: _Name) -> bool: ...
    def matchSuffix(self, suffix: _Name) -> bool: ...
    def matchWildcard(self, other: _Name) -> bool: ...
    def stripSuffix(self, suffix: _Name) -> DNSLabel: ...

_Name = str | bytes | DNSLabel | list[bytes] | tuple[bytes, ...]

class Buffer:
    data: bytearray
    offset: int
    def __init__(self, data: bytes = b"") -> None: ...
    def __len__(self) -> int: ...
    def remaining(self) -> int: ...
    def get(self, length: int) -> bytes: ...
    def pack(self, fmt: str, *args: Any) -> None: ...
    def append(self, s: bytes) -> None: ...
    def update(self, ptr: int, fmt: str, *args: Any) -> None: ...
    def unpack(self, fmt: str) -> tuple[Any, ...]: ...

class DNSBuffer(Buffer):
    names: dict[tuple[bytes, ...], int]
    def decode_name(self) -> DNSLabel: ...
    def encode_name(self, name: _Name) -> None: ...
    def encode_name_nocompress(self, name: _Name) -> None: ...

class DNSHeader:
    id: int
    bitmap: int
    q: int
    a: int
    auth: int
    ar: int
    qr: int
    opcode: int
    aa: int
    tc: int
    rd: int
    ra: int
    z: int
    ad: int
    cd: int
    rcode: int
    def __init__(
        self,
        id: int | None = None,
        bitmap: int | None = None,
        q: int = 0,
        a: int = 0,
        auth: int = 0,
        ar: int = 0,
        *,
        qr: int = ...,
        opcode: int = ...,
        aa: int = ...,
        tc: int = ...,
        rd: int = ...,
        ra: int = ...,
        z: int = ...,
        ad: int = ...,
        cd: int = ...,
        rcode: int = ...,
    ) -> None: ...
    @classmethod
    def parse(cls, buffer: DNSBuffer) -> Self: ...
    def pack(self, buffer: DNSBuffer) -> None: ...
    def toZone(self) -> str: ...

class DNSQuestion:
    qname: DNSLabel
    qtype: int
    qclass: int
    def __init__(self, qname: _Name | None = None, qtype: int = 1, qclass: int = 1) -> None: ...
    @classmethod
    def parse(cls, buffer: DNSBuffer) -> Self: ...
    def pack(self, buffer: DNSBuffer) -> None: ...
    def toZone(self) -> str: ...

class EDNSOption:
    code: int
    data: bytes
    def __init__(self, code: int, data: bytes) -> None: ...
    def pack(self, buffer: DNSBuffer) -> None: ...
    def toZone(self) -> str: ...

class RR:
    rname: DNSLabel
    rtype: int
    rclass: int
    ttl: int
    rdata: Any  # one of the classes below by rtype; a list of EDNSOption for OPT
    edns_len: int
    edns_ver: int
    edns_rcode: int
    edns_do: int
    def __init__(
        self,
        rname: _Name | None = None,
        rtype: int = 1,
        rclass: int = 1,
        ttl: int = 0,
        rdata: RD | list[EDNSOption] | None = None,
    ) -> None: ...
    @classmethod
    def parse(cls, buffer: DNSBuffer) -> RR: ...
    @classmethod
    def fromZone(cls, zone: str, origin: str = "", ttl: int = 0) -> list[RR]: ...
    def pack(self, buffer: DNSBuffer) -> None: ...
    def toZone(self) -> str: ...

class EDNS0(RR):
    def __init__(
        self,
        rname: _Name | None = None,
        rtype: int = 41,
        ext_rcode: int = 0,
        version: int = 0,
        flags: str = "",
        udp_len: int = 0,
        opts: list[EDNSOption] | None = None,
    ) -> None: ...

class DNSRecord:
    header: DNSHeader
    questions: list[DNSQuestion]
    rr: list[RR]
    auth: list[RR]
    ar: list[RR]
    def __init__(
        self,
        header: DNSHeader | None = None,
        questions: list[DNSQuestion] | None = None,
        rr: list[RR] | None = None,
        q: DNSQuestion | None = None,
        a: RR | None = None,
        auth: list[RR] | None = None,
        ar: list[RR] | None = None,
    ) -> None: ...
    @classmethod
    def parse(cls, packet: bytes) -> Self: ...
    @classmethod
    def question(cls, qname: _Name, qtype: str = "A", qclass: str = "IN") -> Self: ...
    @property
    def q(self) -> DNSQuestion: ...
    @property
    def a(self) -> RR: ...
    def reply(self, ra: int = 1, aa: int = 1) -> DNSRecord: ...
    def replyZone(self, zone: str, ra: int = 1, aa: int = 1) -> DNSRecord: ...
    def add_question(self, *q: DNSQuestion) -> None: ...
    def add_answer(self, *rr: RR) -> None: ...
    def add_auth(self, *auth: RR) -> None: ...
    def add_ar(self, *ar: RR) -> None: ...
    def set_header_qa(self) -> None: ...
    def pack(self) -> bytearray: ...
    def truncate(self) -> DNSRecord: ...
    def send(
        self,
        dest: str,
        port: int = 53,
        tcp: bool = False,
        timeout: float | None = None,
        ipv6: bool = False,
    ) -> bytes: ...
    def format(self, prefix: str = "", sort: bool = False) -> str: ...
    def toZone(self, prefix: str = "") -> str: ...
    def short(self) -> str: ...

class RD:
    attrs: ClassVar[tuple[str, ...]]
    def __init__(self, data: bytes = b"") -> None: ...
    @classmethod
    def parse(cls, buffer: DNSBuffer, length: int) -> Self: ...
    @classmethod
    def fromZone(cls, rd: list[str], origin: str | None = None) -> Self: ...
    def pack(self, buffer: DNSBuffer) -> None: ...
    def toZone(self) -> str: ...

class A(RD):
    data: tuple[int, ...]
    def __init__(self, data: str | tuple[int, ...]) -> None: ...

class AAAA(RD):
    data: tuple[int, ...]
    def __init__(self, data: str | tuple[int, ...]) -> None: ...

class TXT(RD):
    data: list[bytes]
    def __init__(self, data: str | bytes | list[bytes] | list[str]) -> None: ...

class CNAME(RD):
    label: DNSLabel
    def __init__(self, label: _Name | None = None) -> None: ...

class PTR(CNAME): ...
class NS(CNAME): ...
class DNAME(CNAME): ...

class MX(RD):
    preference: int
    label: DNSLabel
    def __init__(self, label: _Name | None = None, preference: int = 10) -> None: ...

class SOA(RD):
    mname: DNSLabel
    rname: DNSLabel
    times: tuple[int, int, int, int, int]
    def __init__(
        self, mname: _Name | None = None, rname: _Name | None = None, times: tuple[int, ...] | None = None
    ) -> None: ...

class SRV(RD):
    priority: int
    weight: int
    port: int
    target: DNSLabel
    def __init__(self, priority: int = 0, weight: int = 0, port: int = 0, target: _Name | None = None) -> None: ...

class NAPTR(RD):
    order: int
    preference: int
    flags: bytes
    service: bytes
    regexp: bytes
    replacement: DNSLabel

class CAA(RD):
    flags: int
    tag: str
    value: str
    def __init__(self, flags: int, tag: str, value: str) -> None: ...

class DS(RD):
    key_tag: int
    algorithm: int
    digest_type: int
    digest: bytes

class DNSKEY(RD):
    flags: int
    protocol: int
    algorithm: int
    key: bytes

class RRSIG(RD):
    covered: int
    algorithm: int
    labels: int
    orig_ttl: int
    sig_exp: int
    sig_inc: int
    key_tag: int
    name: DNSLabel
    sig: bytes

class NSEC(RD):
    label: DNSLabel
    rrlist: list[str]

class HTTPS(RD):
    priority: int
    target: DNSLabel
    params: list[tuple[int, bytes]]

class SSHFP(RD):
    algorithm: int
    fp_type: int
    fingerprint: bytes

class TLSA(RD):
    cert_usage: int
    selector: int
    matching_type: int
    cert_data: bytes

class LOC(RD): ...

class RP(RD):
    mbox: DNSLabel
    txt: DNSLabel
