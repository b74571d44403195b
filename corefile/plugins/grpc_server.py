"""grpc_server: limits of the gRPC listeners."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.limits import Limit, limits_plugin
from corefile.plugins.spec import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcServer(Config):
    """Concurrent streams of one connection, and TCP connections of one listener; 0 for no limit."""

    max_streams: int = 256
    max_connections: int = 200


PLUGIN = limits_plugin(
    GrpcServer,
    name="grpc_server",
    transport="grpc",
    summary="limits the connections and streams of gRPC listeners",
    since="1.14.0",
    limits=(
        Limit("max_streams", "How many streams one connection has at a time; 0 for no limit."),
        Limit("max_connections", "How many TCP connections the listener has open at a time; 0 for no limit."),
    ),
    note="The plugin `grpc` is something else: it forwards queries to gRPC servers.",
    without="Without the plugin the defaults hold; releases before 1.14.0 had no limit.",
    example=Example(
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
)
