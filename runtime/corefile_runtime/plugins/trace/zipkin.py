"""Spans for Zipkin: JSON, version 2 of its interface."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from corefile.ir.addresses import parse_ip
from corefile_runtime.plugins.trace.reporter import Limits, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corefile.plugins.trace import Trace
    from corefile_runtime.chain.spans import Span

# With less CoreDNS's ticker would have nothing to wait for.
_SHORTEST = 0.01


class Zipkin:
    """A collector that gets a span for each query, each plugin, and each connection to an upstream.

    The address, if there is one, shows where the spans were made.
    """

    shows_plugins = True
    prefix = "coredns.io/"

    def __init__(self, config: Trace, address: str, port: int) -> None:
        self.url = str(config.endpoint)
        interval = max(config.zipkin_max_batch_interval.seconds, _SHORTEST)
        self.limits = Limits(config.zipkin_max_backlog_size, config.zipkin_max_batch_size, interval)
        self._here: dict[str, str | int] = {"serviceName": config.service.lower()}
        family = "ipv6" if ":" in address else "ipv4"
        if address and parse_ip(address) is not None:
            self._here |= {family: address, "port": port}

    def render_trace(self, span: Span) -> str:
        """The number of a trace, as `trace/traceid` has it."""
        return f"{span.trace:016x}"

    def write(self, spans: Sequence[Span]) -> Message:
        """One request for all; `b3: 0` asks proxies on the way not to trace it."""
        body = json.dumps([self._write_span(span) for span in spans], separators=(",", ":")).encode()
        return Message("POST", body, {"Content-Type": "application/json", "b3": "0"})

    def _write_span(self, span: Span) -> dict[str, object]:
        """Times are in microseconds, and nothing takes none."""
        found: dict[str, object] = {
            "timestamp": (span.start + 500) // 1000,
            "duration": max((span.duration + 500) // 1000, 1),
            "traceId": self.render_trace(span),
            "id": f"{span.number:016x}",
        }
        if span.parent is not None:
            found["parentId"] = f"{span.parent.number:016x}"
        else:
            found["kind"] = "SERVER"
        found["name"] = span.name
        found["localEndpoint"] = self._here
        if span.tags:
            found["tags"] = span.tags
        if span.error:
            at = (span.start + span.duration) // 1000
            texts = "event:error", f"error.object:{span.error}"
            found["annotations"] = [{"timestamp": at, "value": text} for text in texts]
            found["tags"] = span.tags | {"error": "true"}
        return found
