"""The log of several processes on one standard output."""

from __future__ import annotations

import select

from corefile_runtime.events.log_output import Output


class SharedOutput(Output):
    """Writes whole lines only, as many together as a pipe takes without mixing them with those of others."""

    def flush(self) -> None:
        """Write what has collected."""
        lines, self._lines = self._lines, []
        chunk = b""
        for line in lines:
            data = line.encode("utf-8", "surrogateescape") + b"\n"
            # Up to PIPE_BUF octets a write to a pipe is atomic (POSIX).
            if chunk and len(chunk) + len(data) > select.PIPE_BUF:
                self._write(chunk)
                chunk = b""
            chunk += data
        if chunk:
            self._write(chunk)
