"""local: answers for localhost and for the reverse zones of this host, so that such queries go nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.local import Local
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Reply, Serve
from corefile_runtime.plugins.zeros.local import REQUESTS
from corefile_runtime.replay.terms import Terms
from corefile_runtime.sockets.addresses import pack_address
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import AAAA, NOERROR, NS, NXDOMAIN, PTR, SOA, A, render_type
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.replies import compose
from corefile_runtime.wire.zone_match import is_below, longest_zone

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site

TTL = 604800
LOCALHOST = parse_name("localhost.")
LOOPBACK = parse_name("1.0.0.127.in-addr.arpa.")
ZONES = (LOCALHOST, *(parse_name(f"{octet}.in-addr.arpa.") for octet in (0, 127, 255)))
_ADDRESSES = {A: pack_address("127.0.0.1"), AAAA: pack_address("::1")}
_NUMBERS = b"".join(number.to_bytes(4, "big") for number in (1, 0, 0, 0, TTL))
_SOA = LOCALHOST + parse_name("root.localhost.") + _NUMBERS


def prepare(config: Local, home: Home) -> Link:
    """Names at or below `localhost`, those that begin with `localhost.` unless switched off, and three zones."""
    prefixed = config.localhost_prefix
    counter = home.metrics.counter(REQUESTS.name, REQUESTS.text).cell()
    prefix = LOCALHOST[:-1]

    def intercept(query: Query) -> Reply:
        host, _ = query.via.client(query.peer)
        asked = f'"{query.text}" {render_type(query.qtype)}'
        home.log("DEBUG", f"Intercepting localhost query for {asked}, from {host}")
        counter.add()
        reply = _answer_localhost(query)
        if home.debug:  # each query has its line
            reply.terms = None
        elif reply.terms is not None:
            reply.terms.counts.append(counter.add)
        return reply

    def link(site: Site) -> Serve:
        behind = site.next

        def serve(query: Query) -> Outcome:
            name = query.name
            if name != LOCALHOST and (is_below(name, LOCALHOST) or (prefixed and name.startswith(prefix))):
                return intercept(query)
            zone = longest_zone(name, ZONES)
            return behind(query) if zone is None else _answer_zone(query, zone)

        return serve

    return link


def _answer_localhost(query: Query) -> Reply:
    address = _ADDRESSES.get(query.qtype)
    if address is not None:
        return _reply(query, answer=_record(query.asked, query.qtype, address))
    return _reply(query, authority=_record(query.asked, SOA, _SOA))


def _answer_zone(query: Query, zone: bytes) -> Reply:
    name, asked, qtype = query.name, query.asked, query.qtype
    if name == LOOPBACK and qtype == PTR:
        return _reply(query, answer=_record(asked, PTR, LOCALHOST))
    apex = name == zone
    if apex and qtype == SOA:
        return _reply(query, answer=_record(asked, SOA, _SOA))
    if apex and qtype == NS:
        return _reply(query, answer=_record(asked, NS, LOCALHOST))
    if name == LOCALHOST and qtype in _ADDRESSES:
        return _answer_localhost(query)
    rcode = NOERROR if apex or name == LOOPBACK else NXDOMAIN
    return _reply(query, rcode, authority=_record(asked[len(asked) - len(zone) :], SOA, _SOA))


def _record(owner: bytes, rtype: int, rdata: bytes) -> Record:
    return Record(owner, rtype, 1, TTL, rdata)


def _reply(query: Query, rcode: int = NOERROR, answer: Record | None = None, authority: Record | None = None) -> Reply:
    """CoreDNS does not claim authority here."""
    wire = compose(
        query, rcode, [answer] if answer is not None else [], [authority] if authority is not None else [], flags=0
    )
    # Owners are pointers to the question. So are names in rdata where the client wrote them in small letters too: such
    # an answer is right for these letters only.
    record = answer or authority
    folds = not is_below(query.name, LOCALHOST) or (record is not None and record.rtype in _ADDRESSES)
    return Reply(NOERROR, wire, "", Terms(folds=folds))


HANDLER = Handler(one(Local, prepare), replays=True)
