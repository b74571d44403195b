"""Changes of a reply: names turned back, TTLs and response codes changed, CNAMEs retargeted."""

from __future__ import annotations

from typing import TypeAlias

from corefile_runtime.plugins.rewrite.match import Rename, Replace
from corefile_runtime.wire.names import parse_name, render_name, skip_name
from corefile_runtime.wire.options import Option
from corefile_runtime.wire.rcodes import CNAME, MX, NS, PTR, SOA, SRV
from corefile_runtime.wire.records import Record

DNAME, NAPTR = 39, 35
# Where in the rdata of a type the name stands that counts as its value.
_VALUES = {SRV: 6, MX: 2, CNAME: 0, NS: 0, DNAME: 0, SOA: 0, PTR: 0}


class Entry:
    """A record of a reply while rules change it; names are uncompressed."""

    __slots__ = ("owner", "rclass", "rdata", "rtype", "ttl")

    def __init__(self, record: Record) -> None:
        self.owner, self.rtype, self.rclass, self.ttl, self.rdata = record

    def record(self) -> Record:
        """The record as it is now."""
        return Record(self.owner, self.rtype, self.rclass, self.ttl, self.rdata)


class RenameOwner:
    """Changes whom a record belongs to."""

    __slots__ = ("rename",)

    def __init__(self, rename: Rename) -> None:
        self.rename = rename

    def __call__(self, entry: Entry) -> None:
        """Change the record."""
        old = render_name(entry.owner)
        new = self.rename(old)
        if new != old:
            entry.owner = parse_name(new)


class RenameValue:
    """Changes what a record points to, where it has one name for that; of an SOA the first one."""

    __slots__ = ("rename",)

    def __init__(self, rename: Rename) -> None:
        self.rename = rename

    def __call__(self, entry: Entry) -> None:
        """Change the record."""
        rdata = entry.rdata
        start = _find_replacement(rdata) if entry.rtype == NAPTR else _VALUES.get(entry.rtype)
        if start is None or not rdata:
            return
        end = skip_name(rdata, start)
        old = render_name(rdata[start:end])
        new = self.rename(old)
        if new != old:
            entry.rdata = rdata[:start] + parse_name(new) + rdata[end:]


OnRecord: TypeAlias = RenameOwner | RenameValue


class Follow:
    """A CNAME to one name becomes one to another, which is then looked up."""

    __slots__ = ("_replace",)

    def __init__(self, replace: Replace) -> None:
        self._replace = replace

    def target(self, entry: Entry) -> bytes | None:
        """Where the record leads from now on; None when the rule is not for it."""
        if entry.rtype != CNAME or not entry.rdata:
            return None
        to = self._replace(render_name(entry.rdata))
        return None if to is None else parse_name(to)


class Bounds:
    """A range of TTLs."""

    __slots__ = ("least", "most")

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most

    def clamp(self, ttl: int) -> int:
        """The nearest TTL in the range."""
        return self.least if ttl < self.least else min(ttl, self.most)


class Revert:
    """An option that a rule has set: the reply gets back what the client had sent, or nothing."""

    __slots__ = ("_code", "_old")

    def __init__(self, code: int, old: bytes | None) -> None:
        self._code = code
        self._old = old

    def __call__(self, options: list[Option]) -> None:
        """Change the first option of the code."""
        at = next((at for at, (code, _) in enumerate(options) if code == self._code), None)
        if at is None:
            return
        if self._old is None:
            del options[at]
        else:
            options[at] = (self._code, self._old)


class Answers:
    """The rules for one reply, in the order of the query's; they are applied the other way round."""

    __slots__ = ("bounds", "count", "follows", "rcodes", "reverts", "steps")

    def __init__(self) -> None:
        self.count = 0
        # Tuples: each query has one of these, and most of them stay empty.
        self.bounds: tuple[Bounds, ...] = ()
        self.rcodes: tuple[tuple[int, int], ...] = ()
        self.reverts: tuple[Revert, ...] = ()
        self.steps: tuple[OnRecord | Follow, ...] = ()
        self.follows = False

    def add(self, *rules: OnRecord) -> None:
        """Change each record."""
        self.count += len(rules)
        self.steps += rules

    def add_follow(self, rule: Follow) -> None:
        """Lead a CNAME elsewhere."""
        self.count += 1
        self.steps += (rule,)
        self.follows = True

    def add_bounds(self, rule: Bounds) -> None:
        """Change all TTLs."""
        self.count += 1
        self.bounds += (rule,)

    def add_rcode(self, old: int, new: int) -> None:
        """Change the response code."""
        self.count += 1
        self.rcodes += ((old, new),)

    def add_revert(self, rule: Revert) -> None:
        """Put an option back."""
        self.count += 1
        self.reverts += (rule,)

    def ttls(self) -> Bounds | None:
        """What all rules for TTLs come to; the first one has the last word."""
        if not self.bounds:
            return None
        least, most = 0, 0xFFFFFFFF
        for rule in reversed(self.bounds):
            least, most = rule.clamp(least), rule.clamp(most)
        return Bounds(least, most)

    def recode(self, rcode: int, times: int) -> int:
        """What becomes of a response code. CoreDNS runs these rules once for each record."""
        if self.rcodes:
            for _ in range(max(times, 1)):
                for old, new in reversed(self.rcodes):
                    if rcode == old:
                        rcode = new
        return rcode


def _find_replacement(rdata: bytes) -> int | None:
    """Where the replacement of a NAPTR begins: behind two numbers and three texts (RFC 3403, 4.1)."""
    at = 4
    for _ in range(3):
        if at >= len(rdata):
            return None
        at += rdata[at] + 1
    return at if at < len(rdata) else None
