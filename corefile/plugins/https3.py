"""https3: limits of the DNS over HTTP/3 listeners."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.limits import alone, limit
from corefile.plugins.spec import Example, Plugin, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class Https3(Config):
    """Concurrent streams of one QUIC connection (0: as many as the library allows), and connections of one listener."""

    max_streams: int = 256
    max_connections: int = 200


PLUGIN = Plugin(
    name="https3",
    summary="limits the connections and streams of DNS-over-HTTP/3 listeners",
    usage=("https3",),
    config=Https3,
    read=alone(Https3),
    first_only=True,
    properties=(
        Property(
            name="max_streams",
            read=limit("max_streams", 0),
            usage="max_streams NUMBER",
            doc="How many streams one QUIC connection has at a time; 0 leaves it to the QUIC library.",
            default="256",
        ),
        Property(
            name="max_connections",
            read=limit("max_connections", 0),
            usage="max_connections NUMBER",
            doc="How many connections the listener has at a time; 0 for no limit.",
            default="200",
            since="1.14.7",
        ),
    ),
    since="1.14.0",
    description="""\
It sets limits for blocks whose keys begin with `https3://`, which need `tls` as well; in any other block it does
nothing.

Only the first block on a port counts, and of its keys only the first one: set in a later block for the same port, or
for a second key on another port, it does nothing. A connection above the limit is closed at once.

Further uses in the same block are ignored, without a message.
""",
    examples=(
        Example(
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
    ),
)
