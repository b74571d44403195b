"""Spans for a Datadog agent: MessagePack, version 0.4 of its interface for traces."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING
from uuid import uuid4

from corefile.version import __version__
from corefile_runtime.plugins.trace.msgpack import Value, pack
from corefile_runtime.plugins.trace.reporter import Limits, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corefile.plugins.trace import Trace
    from corefile_runtime.chain.spans import Span

LIMITS = Limits(10_000, 1000, 2.0)
_KEEP = 1.0


class Datadog:
    """A collector that gets a span for each query; CoreDNS shows it no plugins.

    Trace numbers have 128 bits: the upper half is the time, the lower one the number of the first span.
    """

    shows_plugins = False
    prefix = "coredns.io@"
    limits = LIMITS

    def __init__(self, config: Trace) -> None:
        self.url = f"http://{config.endpoint}/v0.4/traces"
        self._service = config.service
        self._runtime = str(uuid4())

    def render_trace(self, span: Span) -> str:
        """The number of a trace, as `trace/traceid` has it."""
        return f"{_upper_half(span)}{span.trace:016x}"

    def write(self, spans: Sequence[Span]) -> Message:
        """One request for all, each span a trace of its own: the agent joins what has one number."""
        fields = {
            "Content-Type": "application/msgpack",
            "Datadog-Client-Computed-Top-Level": "t",
            "Datadog-Meta-Lang": "python",
            "Datadog-Meta-Lang-Version": platform.python_version(),
            "Datadog-Meta-Tracer-Version": __version__,
            "X-Datadog-Trace-Count": str(len(spans)),
        }
        return Message("POST", pack([[self._write_span(span)] for span in spans]), fields)

    def _write_span(self, span: Span) -> dict[str, Value]:
        meta = span.tags | {"dns": "true", "language": "python", "runtime-id": self._runtime}
        meta["_dd.p.tid"] = _upper_half(span)
        if span.error:
            meta |= {"error.message": span.error, "error.type": "dns_error"}
        return {
            "name": span.name,
            "service": self._service,
            "resource": span.name,
            "type": "",
            "start": span.start,
            "duration": span.duration,
            "meta": meta,
            "metrics": {
                "_dd.top_level": float(span.parent is None),
                "_sampling_priority_v1": _KEEP,
                "process_id": float(os.getpid()),
            },
            "span_id": span.number,
            "trace_id": span.trace,
            "parent_id": span.parent.number if span.parent is not None else 0,
            "error": int(bool(span.error)),
        }


def _upper_half(span: Span) -> str:
    """Seconds since 1970 at the beginning of the trace, then nothing."""
    first = span
    while first.parent is not None:
        first = first.parent
    return f"{first.start // 1_000_000_000:08x}00000000"
