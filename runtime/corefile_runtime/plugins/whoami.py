"""whoami: tells clients their own address, port and transport, in the additional section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.plugins.whoami import Whoami
from corefile_runtime.chain.handler import Handler, every
from corefile_runtime.chain.reply import Reply, Serve
from corefile_runtime.sockets.addresses import pack_address
from corefile_runtime.wire.names import MAX_NAME
from corefile_runtime.wire.rcodes import NOERROR
from corefile_runtime.wire.replies import head

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.wire.question import Query

# The type and the length of an address record, by the size of the address; owner and type of the SRV record.
_ADDRESS = {4: (b"\0\1", b"\0\4"), 16: (b"\0\x1c", b"\0\x10")}
_SERVICE = {over: b"\4_" + over.encode() + b"\xc0\x0c\0\x21" for over in ("udp", "tcp")}


def prepare(_configs: tuple[Whoami, ...], _home: Home) -> Link:
    """whoami has no options."""
    return link


def link(_site: Site) -> Serve:
    """It answers every question alike, and never the next plugin."""
    return serve


def serve(query: Query) -> Reply:
    """An address record, and an SRV record at `_udp.NAME` or `_tcp.NAME`."""
    host, port = query.via.client(query.peer)
    address = pack_address(host)
    kind, size = _ADDRESS[len(address)]
    place = query.wire[query.end - 2 : query.end] + b"\0\0\0\0"
    first = b"\xc0\x0c" + kind + place + size + address
    if len(query.name) + 5 > MAX_NAME:  # no room for another label
        return Reply(NOERROR, head(query, NOERROR, 4, b"\0\0\0\0\0\1") + first)
    second = _SERVICE[query.via.over] + place + b"\0\7\0\0\0\0" + port.to_bytes(2, "big") + b"\0"
    return Reply(NOERROR, head(query, NOERROR, 4, b"\0\0\0\0\0\2") + first + second)


HANDLER = Handler(every(Whoami, prepare), replays=True)
