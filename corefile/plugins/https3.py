"""https3: limits of the DNS over HTTP/3 listeners."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.limits import Limit, limits_plugin
from corefile.plugins.spec import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Https3(Config):
    """Concurrent streams of one QUIC connection (0: as many as the library allows), and connections of one listener."""

    max_streams: int = 256
    max_connections: int = 200


PLUGIN = limits_plugin(
    Https3,
    name="https3",
    transport="https3",
    summary="limits the connections and streams of DNS-over-HTTP/3 listeners",
    since="1.14.0",
    limits=(
        Limit("max_streams", "How many streams one QUIC connection has at a time; 0 leaves it to the QUIC library."),
        Limit("max_connections", "How many connections the listener has at a time; 0 for no limit.", since="1.14.7"),
    ),
    note="Such blocks need `tls` as well.",
    without="A connection above the limit is closed at once.",
    example=Example(
        title="allow 50 streams per connection",
        corefile="""\
https3://example.org {
    tls {
        acme dns.example.org
    }
    https3 {
        max_streams 50
    }
    whoami
}
""",
    ),
)
