"""pprof: serves profiles of the running server over HTTP, in the format of `go tool pprof`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs

from corefile.plugins.pprof import Pprof as Config
from corefile_runtime.http.endpoints import Endpoint
from corefile_runtime.http.server import Answer, Inquiry, Respond
from corefile_runtime.plugins.pprof.profile_file import Stack, write_profile
from corefile_runtime.plugins.pprof.sampling import (
    ALLOCATED,
    HEAP,
    AllocationSampler,
    CpuSampler,
    heap_by_type,
    render_heap,
    render_stacks,
)

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Home
    from corefile_runtime.events.event_loop import Loop

PATH = "/debug/pprof"
SECONDS, LONGEST = 30.0, 300.0
BINARY = "application/octet-stream"
Done = Callable[[Answer], object]
_PROFILES = (
    ("profile", "CPU time by function; `seconds` says for how long to look, 30 without it"),
    ("heap", "objects by type; with `seconds` what is allocated meanwhile, by place"),
    ("allocs", "the same as heap"),
    ("goroutine", "what each thread does, as text"),
    ("cmdline", "the command line"),
)


def make(configs: tuple[AnyConfig, ...], home: Home) -> None:
    """Serve what Python can tell under the paths of Go; `block` has no equal, for nothing here waits for a lock."""
    config = cast("Config", configs[0])
    instance = home.instance
    loop = instance.loop
    profile, heap = Profile(loop), Heap(loop)
    instance.on_close += [profile.stop, heap.stop]
    paths: dict[str, Respond] = {
        "": lambda: Answer(302, "", fields=f"Location: {PATH}/\r\n"),
        "/": lambda: Answer(200, _index(), "text/html; charset=utf-8"),
        "/profile": profile,
        "/heap": heap,
        "/allocs": heap,
        "/goroutine": lambda: Answer(200, render_stacks()),
        "/cmdline": lambda: Answer(200, "\0".join(sys.orig_argv)),
    }
    for path, respond in paths.items():
        instance.endpoints.append(Endpoint(config.address, PATH + path, respond))


def _index() -> str:
    rows = "".join(f'<li><a href="{name}">{name}</a>: {text}</li>\n' for name, text in _PROFILES)
    return f"<!DOCTYPE html>\n<title>{PATH}/</title>\n<ul>\n{rows}</ul>\n"


def read_seconds(query: str, default: float) -> float | None:
    """The parameter `seconds`; None when it is no time, or longer than may be waited for."""
    text = parse_qs(query).get("seconds", [""])[0]
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 < seconds <= LONGEST else None


def _refusal() -> Answer:
    return Answer(400, f"seconds must be a number above 0 and up to {LONGEST:.0f}\n")


class Profile(Inquiry):
    """CPU time by function, one profile at a time."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._sampler: CpuSampler | None = None

    def begin(self, query: str, done: Done) -> None:
        """Look for so many seconds."""
        seconds = read_seconds(query, SECONDS)
        if seconds is None:
            done(_refusal())
        elif self._sampler is not None:
            done(_busy())
        else:
            self._sampler = CpuSampler()
            self._loop.after(seconds, self._finish, done)

    def _finish(self, done: Done) -> None:
        done(_download("profile", self.stop()))

    def stop(self) -> bytes:
        """End what is under way."""
        sampler, self._sampler = self._sampler, None
        return sampler.finish() if sampler is not None else b""


class Heap(Inquiry):
    """What is in memory: now by type, or what comes in some seconds by place."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._sampler: AllocationSampler | None = None

    def begin(self, query: str, done: Done) -> None:
        """Count at once, or after so many seconds."""
        as_text = parse_qs(query).get("debug", ["0"])[0] != "0"
        seconds = read_seconds(query, 0)
        if seconds is None:
            done(_refusal())
        elif not seconds:
            samples = heap_by_type()
            done(_text(samples) if as_text else _download("heap", write_profile(HEAP, samples)))
        elif self._sampler is not None:
            done(_busy())
        else:
            self._sampler = AllocationSampler()
            self._loop.after(seconds, self._finish, as_text, done)

    def _finish(self, as_text: bool, done: Done) -> None:
        samples = self.stop()
        done(_text(samples) if as_text else _download("heap", write_profile(ALLOCATED, samples)))

    def stop(self) -> dict[Stack, list[int]]:
        """End what is under way."""
        sampler, self._sampler = self._sampler, None
        return sampler.finish() if sampler is not None else {}


def _busy() -> Answer:
    return Answer(503, "a profile is being taken already\n")


def _text(samples: dict[Stack, list[int]]) -> Answer:
    return Answer(200, render_heap(samples))


def _download(name: str, data: bytes) -> Answer:
    return Answer(200, data, BINARY, f'Content-Disposition: attachment; filename="{name}"\r\n')
