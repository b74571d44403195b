"""https: limits of the DNS over HTTPS listeners."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.limits import alone, limit
from corefile.plugins.spec import Example, Plugin, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class Https(Config):
    """How many TCP connections one listener has at a time; 0 for no limit."""

    max_connections: int = 200


PLUGIN = Plugin(
    name="https",
    summary="limits the connections of DNS-over-HTTPS listeners",
    usage=("https",),
    config=Https,
    read=alone(Https),
    first_only=True,
    properties=(
        Property(
            name="max_connections",
            read=limit("max_connections", 0),
            usage="max_connections NUMBER",
            doc="How many TCP connections the listener has open at a time; 0 for no limit.",
            default="200",
        ),
    ),
    since="1.14.0",
    description="""\
It sets limits for blocks whose keys begin with `https://`; in any other block it does nothing. It does not open the
listener and brings no certificate: that is the key and `tls`. Without `tls` an `https://` block serves plain HTTP.

Only the first block on a port counts, and of its keys only the first one: set in a later block for the same port, or
for a second key on another port, it does nothing. Without the plugin 200 connections are taken; releases before
1.14.0 had no limit.

Further uses in the same block are ignored, without a message.
""",
    examples=(
        Example(
            title="take at most 500 connections",
            corefile="""\
https://example.org:8443 {
    https {
        max_connections 500
    }
    whoami
}
""",
        ),
    ),
)
