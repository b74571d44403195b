"""quic: limits of the DNS over QUIC listeners."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.limits import alone, limit
from corefile.plugins.spec import Example, Plugin, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class Quic(Config):
    """Concurrent streams of one connection, and how many streams of all connections are worked on at a time."""

    max_streams: int = 256
    worker_pool_size: int = 1024


PLUGIN = Plugin(
    name="quic",
    summary="limits the streams and workers of DNS-over-QUIC listeners",
    usage=("quic",),
    config=Quic,
    read=alone(Quic),
    first_only=True,
    properties=(
        Property(
            name="max_streams",
            read=limit("max_streams", 1),
            usage="max_streams NUMBER",
            doc="How many streams one connection has at a time, at least 1.",
            default="256",
        ),
        Property(
            name="worker_pool_size",
            read=limit("worker_pool_size", 1),
            usage="worker_pool_size NUMBER",
            doc="How many streams of all connections are worked on at a time, at least 1; others wait.",
            default="1024",
        ),
    ),
    since="1.12.2",
    description="""\
It sets limits for blocks whose keys begin with `quic://`, which need `tls` as well; in any other block it does
nothing.

Only the first block on a port counts, and of its keys only the first one: set in a later block for the same port, or
for a second key on another port, it does nothing. A listener takes 200 connections, which cannot be set.

Further uses in the same block are ignored, without a message.
""",
    examples=(
        Example(
            title="allow 50 streams per connection",
            corefile="""\
quic://example.org {
    tls {
        acme dns.example.org
    }
    quic {
        max_streams 50
    }
    whoami
}
""",
        ),
    ),
)
