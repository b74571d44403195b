"""any: answers queries of type ANY with one HINFO record (RFC 8482)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.any import Any
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Reply, Serve
from corefile_runtime.replay.terms import Terms
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import ANY, NOERROR
from corefile_runtime.wire.replies import head

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site

TTL = 8482
_HINFO = b"\x0dANY obsoleted\x0cSee RFC 8482"
_RECORD = b"\xc0\x0c\0\x0d\0\1" + TTL.to_bytes(4, "big") + len(_HINFO).to_bytes(2, "big") + _HINFO


def prepare(_config: Any, _home: Home) -> Link:
    """any has no options."""
    return link


def link(site: Site) -> Serve:
    """Only type ANY ends here. The record is of class IN whatever was asked, as CoreDNS's is."""
    behind = site.next

    def serve(query: Query) -> Outcome:
        if query.qtype != ANY:
            return behind(query)
        return Reply(NOERROR, head(query, NOERROR, 0, b"\0\1\0\0\0\0") + _RECORD, "", Terms(folds=True))

    return serve


HANDLER = Handler(one(Any, prepare), replays=True)
