"""quic: limits of the DNS over QUIC listeners."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.limits import Limit, limits_plugin
from corefile.plugins.spec import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Quic(Config):
    """Concurrent streams of one connection, and how many streams of all connections are worked on at a time."""

    max_streams: int = 256
    worker_pool_size: int = 1024


PLUGIN = limits_plugin(
    Quic,
    name="quic",
    transport="quic",
    summary="limits the streams and workers of DNS-over-QUIC listeners",
    since="1.12.2",
    limits=(
        Limit("max_streams", "How many streams one connection has at a time, at least 1.", 1),
        Limit(
            "worker_pool_size",
            "How many streams of all connections are worked on at a time, at least 1; others wait.",
            1,
        ),
    ),
    note="Such blocks need `tls` as well.",
    without="A listener takes 200 connections, which cannot be set.",
    example=Example(
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
)
