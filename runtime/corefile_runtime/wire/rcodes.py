"""Response codes, types and classes, with the names by which logs and metrics know them (IANA's, as in miekg/dns)."""

from __future__ import annotations

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)
BADVERS = 16

RCODES = {
    0: "NOERROR",
    1: "FORMERR",
    2: "SERVFAIL",
    3: "NXDOMAIN",
    4: "NOTIMP",
    5: "REFUSED",
    6: "YXDOMAIN",
    7: "YXRRSET",
    8: "NXRRSET",
    9: "NOTAUTH",
    10: "NOTZONE",
    11: "DSOTYPENI",
    16: "BADSIG",  # what miekg/dns calls 16; BADVERS is the same number
    17: "BADKEY",
    18: "BADTIME",
    19: "BADMODE",
    20: "BADNAME",
    21: "BADALG",
    22: "BADTRUNC",
    23: "BADCOOKIE",
}

# With these a handler says that it wrote nothing: the server writes the reply (CoreDNS: plugin.ClientWrite).
UNWRITTEN = frozenset((SERVFAIL, REFUSED, FORMERR, NOTIMP))

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, OPT, DS, RRSIG, TSIG = 1, 2, 5, 6, 12, 15, 16, 28, 33, 41, 43, 46, 250
IXFR, AXFR, ANY = 251, 252, 255

TYPES = {
    0: "None", 1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL",
    12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT", 17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT",
    23: "NSAP-PTR", 24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT", 31: "EID",
    32: "NIMLOC", 33: "SRV", 34: "ATMA", 35: "NAPTR", 36: "KX", 37: "CERT", 39: "DNAME", 41: "OPT", 42: "APL", 43: "DS",
    44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 49: "DHCID", 50: "NSEC3", 51: "NSEC3PARAM",
    52: "TLSA", 53: "SMIMEA", 55: "HIP", 56: "NINFO", 57: "RKEY", 58: "TALINK", 59: "CDS", 60: "CDNSKEY",
    61: "OPENPGPKEY", 62: "CSYNC", 63: "ZONEMD", 64: "SVCB", 65: "HTTPS", 99: "SPF", 100: "UINFO", 101: "UID",
    102: "GID", 103: "UNSPEC", 104: "NID", 105: "L32", 106: "L64", 107: "LP", 108: "EUI48", 109: "EUI64", 128: "NXNAME",
    249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 253: "MAILB", 254: "MAILA", 255: "ANY", 256: "URI", 257: "CAA",
    258: "AVC", 260: "AMTRELAY", 261: "RESINFO", 32768: "TA", 32769: "DLV", 65535: "Reserved",
}  # fmt: skip

# Types that are counted by name; the rest is "other", lest a client invent labels.
COUNTED = frozenset((1, 2, 5, 6, 12, 15, 16, 28, 33, 43, 46, 47, 48, 50, 64, 65, 251, 252, 255))

# Without ANY: as a type has that name too, miekg/dns writes CLASS255.
CLASSES = {1: "IN", 2: "CS", 3: "CH", 4: "HS", 254: "NONE"}


def render_rcode(rcode: int) -> str:
    """The name of a response code, or its number."""
    return RCODES.get(rcode) or str(rcode)


def render_type(rtype: int) -> str:
    """The name of a type, or `TYPE123`."""
    return TYPES.get(rtype) or f"TYPE{rtype}"


def render_class(rclass: int) -> str:
    """The name of a class, or `CLASS123`."""
    return CLASSES.get(rclass) or f"CLASS{rclass}"
