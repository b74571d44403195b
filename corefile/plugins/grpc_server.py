"""grpc_server: limits of the gRPC listeners."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.limits import alone, limit
from corefile.plugins.spec import Example, Plugin, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcServer(Config):
    """Concurrent streams of one connection, and TCP connections of one listener; 0 for no limit."""

    max_streams: int = 256
    max_connections: int = 200


PLUGIN = Plugin(
    name="grpc_server",
    summary="limits the connections and streams of gRPC listeners",
    usage=("grpc_server",),
    config=GrpcServer,
    read=alone(GrpcServer),
    first_only=True,
    properties=(
        Property(
            name="max_streams",
            read=limit("max_streams", 0),
            usage="max_streams NUMBER",
            doc="How many streams one connection has at a time; 0 for no limit.",
            default="256",
        ),
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
It sets limits for blocks whose keys begin with `grpc://`; in any other block it does nothing. The plugin `grpc` is
something else: it forwards queries to gRPC servers.

Only the first block on a port counts, and of its keys only the first one: set in a later block for the same port, or
for a second key on another port, it does nothing. Without the plugin the defaults hold; releases before 1.14.0 had no
limit.

Further uses in the same block are ignored, without a message.
""",
    examples=(
        Example(
            title="allow 50 streams on each of 100 connections",
            corefile="""\
grpc://example.org:8053 {
    grpc_server {
        max_streams 50
        max_connections 100
    }
    whoami
}
""",
        ),
    ),
)
