"""The log of several processes on one standard output."""

from __future__ import annotations

import select

from corefile_runtime.events.log_output import Output


class SharedOutput(Output):
    """Writes whole lines only, as many together as a pipe takes without mixing them with those of others."""

    def _join(self, lines: list[str]) -> list[tuple[bytes, int]]:
        """As many together as go at once, or not at all."""
        chunks: list[tuple[bytes, int]] = []
        chunk, count = b"", 0
        for line in lines:
            data = line.encode("utf-8", "surrogateescape") + b"\n"
            # Up to PIPE_BUF octets a write to a pipe is atomic (POSIX).
            if chunk and len(chunk) + len(data) > select.PIPE_BUF:
                chunks.append((chunk, count))
                chunk, count = b"", 0
            chunk += data
            count += 1
        return [*chunks, (chunk, count)]
