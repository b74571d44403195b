"""erratic: answers badly on purpose: some queries are lost, some answered late, some replies cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.erratic import Erratic as Config
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.sockets.addresses import pack_address
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import AAAA, AXFR, NOERROR, NS, SERVFAIL, SOA, A
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.replies import compose

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site

AA, TC = 4, 2
LARGE = 30
_ADDRESSES = {A: pack_address("192.0.2.53"), AAAA: pack_address("2001:db8::53")}


def prepare(config: Config, home: Home) -> Link:
    """All chains of a block count together. Its readiness comes and goes, to show what that looks like."""
    erratic = Erratic(config, home)
    home.readiness(lambda: 3 <= erratic.seen < 5)
    return erratic.link


class Erratic:
    """The counter of queries, and what it does to them. No answer may be replayed: the next one differs."""

    def __init__(self, config: Config, home: Home) -> None:
        self._config = config
        self._home = home
        self.seen = 0

    def link(self, _site: Site) -> Serve:
        """Nothing is behind it."""
        return self._serve

    def _serve(self, query: Query) -> Outcome:
        config, number = self._config, self.seen
        self.seen += 1
        if config.drop and number % config.drop == 0:
            return Reply(NOERROR)
        reply = self._answer(query, cut=config.truncate > 0 and number & config.truncate == 0)  # bits, as in CoreDNS
        if not config.delay or number % config.delay or not config.duration:
            return reply
        pending = Pending()
        self._home.delay(config.duration.seconds, pending.resolve, reply)
        return pending

    def _answer(self, query: Query, *, cut: bool) -> Reply:
        asked, qtype = query.asked, query.qtype
        flags = AA | (TC if cut else 0)
        if qtype in _ADDRESSES:
            record = Record(asked, qtype, 1, 0, _ADDRESSES[qtype])
            times = LARGE if self._config.large and qtype == A else 1
            return Reply(NOERROR, compose(query, NOERROR, [record] * times, flags=flags))
        if qtype == AXFR:
            return Reply(NOERROR, compose(query, NOERROR, _zone(asked, whole=not cut), flags=AA))
        return Reply(SERVFAIL)


def _zone(name: bytes, *, whole: bool) -> list[Record]:
    """A small zone; the SOA at its end is missing where the transfer is to be cut (RFC 5936, 2.2)."""
    numbers = b"".join(number.to_bytes(4, "big") for number in (2018050825, 7200, 3600, 1209600, 3600))
    soa = parse_name("sns.dns.icann.org.") + parse_name("noc.dns.icann.org.") + numbers
    records = [
        Record(name, SOA, 1, 0, soa),
        Record(name, NS, 1, 0, b"\1b" + name),
        Record(name, NS, 1, 0, b"\1a" + name),
        Record(b"\1a" + name, AAAA, 1, 0, pack_address("2001:bd8::53")),
        Record(b"\1b" + name, AAAA, 1, 0, pack_address("2001:500::54")),
    ]
    return [*records, records[0]] if whole else records


HANDLER = Handler(one(Config, prepare))
