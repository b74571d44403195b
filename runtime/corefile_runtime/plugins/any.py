"""any: answers queries of type ANY with one HINFO record (RFC 8482)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile_runtime.chain.reply import Outcome, Reply, Serve
from corefile_runtime.replay.store import Facts
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import ANY, NOERROR
from corefile_runtime.wire.replies import head

if TYPE_CHECKING:
    from corefile.ir.program import Config
    from corefile_runtime.chain.build import Bind, Home, Site

TTL = 8482
_HINFO = b"\x0dANY obsoleted\x0cSee RFC 8482"
_RECORD = b"\xc0\x0c\0\x0d\0\1" + TTL.to_bytes(4, "big") + len(_HINFO).to_bytes(2, "big") + _HINFO

REPLAYS = True


def make(_configs: tuple[Config, ...], _home: Home) -> Bind:
    """any has no options."""
    return bind


def bind(site: Site) -> Serve:
    """Only type ANY ends here. The record is of class IN whatever was asked, as CoreDNS's is."""
    behind = site.next

    def serve(query: Query) -> Outcome:
        if query.qtype != ANY:
            return behind(query)
        return Reply(NOERROR, head(query, NOERROR, 0, b"\0\1\0\0\0\0") + _RECORD, "", Facts())

    return serve
