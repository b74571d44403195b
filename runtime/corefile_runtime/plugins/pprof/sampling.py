"""Sampling of where the process spends its time and its memory."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from threading import Event, Thread, get_ident
from time import clock_gettime_ns, perf_counter_ns, pthread_getcpuclockid
from types import FrameType
from typing import cast

from corefile_runtime.plugins.pprof.profile_file import Frame, Stack, write_profile

_frames: Callable[[], dict[int, FrameType]] = sys._current_frames  # pyright: ignore[reportPrivateUsage]
PERIOD = 0.01
DEPTH = 64


class CpuSampler:
    """Looks at what one thread does every 10 ms, and weighs it with the CPU time that the thread has had since.

    It works in a thread of its own, so nothing is paid for it but while it runs. `finish` gives the profile.
    """

    def __init__(self) -> None:
        self._watched = get_ident()
        self._clock = pthread_getcpuclockid(self._watched)
        self._ended = Event()
        self._samples: dict[Stack, list[int]] = {}
        self._started = perf_counter_ns()
        self._thread = Thread(target=self._run, daemon=True, name="pprof")
        self._thread.start()

    def _run(self) -> None:
        spent = clock_gettime_ns(self._clock)
        while not self._ended.wait(PERIOD):
            now = clock_gettime_ns(self._clock)
            frame = _frames().get(self._watched)
            if frame is not None and now > spent:
                values = self._samples.setdefault(stack_of(frame), [0, 0])
                values[0] += 1
                values[1] += now - spent
            spent = now

    def finish(self) -> bytes:
        """End, and give the profile."""
        self._ended.set()
        self._thread.join()
        duration = perf_counter_ns() - self._started
        kinds = (("samples", "count"), ("cpu", "nanoseconds"))
        return write_profile(kinds, self._samples, period=int(PERIOD * 1e9), duration=duration)


def stack_of(frame: FrameType | None) -> Stack:
    """The functions under way, the innermost first."""
    out: list[Frame] = []
    while frame is not None and len(out) < DEPTH:
        code = frame.f_code
        out.append((code.co_qualname, code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return tuple(out)


HEAP = (("inuse_objects", "count"), ("inuse_space", "bytes"))
ALLOCATED = (("alloc_objects", "count"), ("alloc_space", "bytes"))


def heap_by_type() -> dict[Stack, list[int]]:
    """How many objects of each type there are, and what they take: those that the collector knows.

    What contains no other object (texts, numbers) is counted with what refers to it.
    """
    count, size = Counter[type[object]](), Counter[type[object]]()
    frozen = gc.get_freeze_count() > 0
    gc.unfreeze()  # what is frozen the collector does not name
    objects = gc.get_objects()
    if frozen:
        gc.freeze()
    for one in objects:
        kind = cast("type[object]", type(one))  # pyright: ignore[reportUnknownArgumentType]
        count[kind] += 1
        size[kind] += _size(one) + sum(_size(part) for part in gc.get_referents(one) if not gc.is_tracked(part))
    return {((f"{kind.__module__}.{kind.__qualname__}", "", 0),): [count[kind], size[kind]] for kind in count}


def _size(one: object) -> int:
    try:
        return sys.getsizeof(one)
    except TypeError:  # an object that only pretends
        return 0


class AllocationSampler:
    """Where memory is allocated that is still in use at the end."""

    def __init__(self) -> None:
        self._ours = not tracemalloc.is_tracing()
        if self._ours:
            tracemalloc.start(DEPTH // 4)
        self._before = tracemalloc.take_snapshot()

    def finish(self) -> dict[Stack, list[int]]:
        """End, and give objects and octets by stack."""
        after = tracemalloc.take_snapshot()
        if self._ours:
            tracemalloc.stop()
        out: dict[Stack, list[int]] = {}
        for one in after.compare_to(self._before, "traceback"):
            if one.count_diff > 0 and one.size_diff > 0:
                stack = tuple((f"{frame.filename}:{frame.lineno}", frame.filename, frame.lineno)
                              for frame in reversed(one.traceback))  # fmt: skip
                out[stack] = [one.count_diff, one.size_diff]
        return out


def render_stacks() -> str:
    """What each thread does, for people."""
    out: list[str] = []
    for number, frame in _frames().items():
        lines = [f"\t{path}:{line} {name}" for name, path, line in stack_of(frame)]
        out.append("\n".join([f"thread {number}:", *lines]))
    return "\n\n".join(out) + "\n"


def render_heap(samples: dict[Stack, list[int]], most: int = 200) -> str:
    """Objects, octets and type or place, the largest first."""
    ordered = sorted(samples.items(), key=lambda item: -item[1][1])[:most]
    return "".join(f"{values[0]:>10} {values[1]:>12} {stack[0][0]}\n" for stack, values in ordered)
