"""The same work on many paths with several processes, results in order.

Children are forked, so they know everything already, and each takes every n-th path; results come back pickled through
a pipe each. A pool of `multiprocessing` does the same and takes longer to import than most files take to check.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class WorkerLost(Exception):
    """A worker ended before its work was done: killed, or out of memory."""


def fork_map(work: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[R]:
    """`map(work, items)` with `jobs` processes. Raises `WorkerLost`, and what `work` raises."""
    jobs = min(jobs, len(items))
    sys.stdout.flush()
    sys.stderr.flush()
    workers = [_start(work, items[first::jobs]) for first in range(jobs)]
    try:
        for index in range(len(items)):
            yield _receive(workers[index % jobs][1])
    finally:
        for child, pipe in workers:
            pipe.close()
            _end(child)


def _start(work: Callable[[T], R], items: Sequence[T]) -> tuple[int, BinaryIO]:
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, os.fdopen(reading, "rb")
    try:  # pragma: no cover - a child, whose end is too sudden to be measured
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            serve(work, items, pipe)
    finally:
        # Nothing of the parent's may be run twice: no exit handlers, no buffers.
        os._exit(0)


def serve(work: Callable[[T], R], items: Sequence[T], pipe: BinaryIO) -> None:
    """What a child does: for each item the result, or what was raised, into the pipe."""
    for item in items:
        result: R | None = None
        failure: Exception | None = None
        try:
            result = work(item)
        except Exception as error:
            failure = error
        pickle.dump((result, failure), pipe, pickle.HIGHEST_PROTOCOL)
        pipe.flush()


def _receive(pipe: BinaryIO) -> Any:
    try:
        result, error = pickle.load(pipe)  # noqa: S301 - our own child wrote it
    except (EOFError, pickle.UnpicklingError):
        raise WorkerLost("a worker process ended before its work was done") from None
    if error is not None:
        raise error
    return result


def _end(child: int) -> None:
    os.kill(child, signal.SIGTERM)  # it may have ended, but its number is ours until it is waited for
    os.waitpid(child, 0)
