"""https: limits of the DNS over HTTPS listeners."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.limits import Limit, limits_plugin
from corefile.plugins.spec import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Https(Config):
    """How many TCP connections one listener has at a time; 0 for no limit."""

    max_connections: int = 200


PLUGIN = limits_plugin(
    Https,
    name="https",
    transport="https",
    summary="limits the connections of DNS-over-HTTPS listeners",
    since="1.14.0",
    limits=(Limit("max_connections", "How many TCP connections the listener has open at a time; 0 for no limit."),),
    note="It does not open the listener and brings no certificate: that is the key and `tls`. Without `tls` an "
    "`https://` block serves plain HTTP.",
    without="Without the plugin 200 connections are taken; releases before 1.14.0 had no limit.",
    example=Example(
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
)
