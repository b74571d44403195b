"""Processes that the bench starts and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = {signal.SIGTERM: 6.0, signal.SIGKILL: 2.0}  # seconds that a process has to end


class Process:
    """A command in a session of its own, with its output in a file. Leaving the context ends it and its children."""

    def __init__(self, command: Sequence[str], folder: Path, log: Path, *, cpu: int | None = None) -> None:
        pinned = command if cpu is None else ("taskset", "-c", str(cpu), *command)
        self.log = log
        self.started = time.perf_counter()
        with log.open("wb") as output:
            self._running = subprocess.Popen(
                pinned, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        self.pid = self._running.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, limit in PATIENCE.items():
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                pass
            try:
                self._running.wait(limit)
            except subprocess.TimeoutExpired:
                continue
            return

    def signal(self, number: signal.Signals) -> None:
        """To the process alone."""
        self._running.send_signal(number)

    def has_ended(self) -> bool:
        return self._running.poll() is not None

    def last_words(self) -> str:
        """The end of its output, for a message."""
        return self.log.read_text(errors="replace")[-400:].strip()
