"""whoami: tells clients their own address, port and transport, in the additional section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile_runtime.listeners.addresses import pack_address
from corefile_runtime.reply import Reply, Serve
from corefile_runtime.wire.names import MAX_NAME
from corefile_runtime.wire.rcodes import AAAA, NOERROR, SRV, A
from corefile_runtime.wire.replies import head

if TYPE_CHECKING:
    from corefile.ir.program import Config
    from corefile_runtime.chain import Bind, Home, Site
    from corefile_runtime.wire.question import Query

REPLAYS = True


def make(_configs: tuple[Config, ...], _home: Home) -> Bind:
    """whoami has no options."""
    return bind


def bind(_site: Site) -> Serve:
    """It answers every question alike, and never the next plugin."""
    return serve


def serve(query: Query) -> Reply:
    """An address record, and an SRV record at `_udp.NAME` or `_tcp.NAME`."""
    host, port = query.via.client(query.peer)
    address = pack_address(host)
    kind = A if len(address) == 4 else AAAA
    place = query.qclass.to_bytes(2, "big") + bytes(4)
    first = b"\xc0\x0c" + kind.to_bytes(2, "big") + place + len(address).to_bytes(2, "big") + address
    owner = b"\4_" + query.via.over.encode() + b"\xc0\x0c"
    if len(query.name) + 5 > MAX_NAME:  # no room for another label
        return Reply(NOERROR, head(query, NOERROR, 4, b"\0\0\0\0\0\1") + first)
    second = owner + SRV.to_bytes(2, "big") + place + b"\0\7\0\0\0\0" + port.to_bytes(2, "big") + b"\0"
    return Reply(NOERROR, head(query, NOERROR, 4, b"\0\0\0\0\0\2") + first + second)
