"""pprof: serves profiles of the running server over HTTP, in the format of `go tool pprof`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from corefile.plugins.pprof import Pprof
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.offers import Process
from corefile_runtime.http.messages import Answer
from corefile_runtime.http.server import Inquiry, Respond
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
    from corefile_runtime.chain.home import Home

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


def prepare(config: Pprof, home: Home) -> None:
    """Serve what Python can tell under the paths of Go; `block` has no equal, for nothing here waits for a lock.

    Of several processes the first is looked at: it answers queries, which the one that leads them does not.
    """
    if not home.find_one(Process).leads:
        return
    profile, heap = home.own(Profile(home)), home.own(Heap(home))
    paths: dict[str, Respond] = {
        "": lambda: Answer(302, "", fields=(("Location", f"{PATH}/"),)),
        "/": lambda: Answer(200, _index(), "text/html; charset=utf-8"),
        "/profile": profile,
        "/heap": heap,
        "/allocs": heap,
        "/goroutine": lambda: Answer(200, render_stacks()),
        "/cmdline": lambda: Answer(200, "\0".join(sys.orig_argv)),
    }
    for path, respond in paths.items():
        home.endpoint(config.address, PATH + path, respond)


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
    """CPU time by function, one profile at a time. One that is under way when the configuration goes is shorter."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._sampler: CpuSampler | None = None
        self._done: Done | None = None

    def begin(self, query: str, done: Done) -> None:
        """Look for so many seconds."""
        seconds = read_seconds(query, SECONDS)
        if seconds is None:
            done(_refusal())
        elif self._sampler is not None:
            done(_busy())
        else:
            self._sampler, self._done = CpuSampler(), done
            self._home.delay(seconds, self.close)

    def close(self) -> None:
        """End what is under way."""
        sampler, self._sampler = self._sampler, None
        done, self._done = self._done, None
        if sampler is not None and done is not None:
            done(_download("profile", sampler.finish()))


class Heap(Inquiry):
    """What is in memory: now by type, or what comes in some seconds by place."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._sampler: AllocationSampler | None = None
        self._done: Callable[[dict[Stack, list[int]]], object] | None = None

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

            def show(samples: dict[Stack, list[int]]) -> None:
                done(_text(samples) if as_text else _download("heap", write_profile(ALLOCATED, samples)))

            self._sampler, self._done = AllocationSampler(), show
            self._home.delay(seconds, self.close)

    def close(self) -> None:
        """End what is under way."""
        sampler, self._sampler = self._sampler, None
        done, self._done = self._done, None
        if sampler is not None and done is not None:
            done(sampler.finish())


def _busy() -> Answer:
    return Answer(503, "a profile is being taken already\n")


def _text(samples: dict[Stack, list[int]]) -> Answer:
    return Answer(200, render_heap(samples))


def _download(name: str, data: bytes) -> Answer:
    return Answer(200, data, BINARY, (("Content-Disposition", f'attachment; filename="{name}"'),))


HANDLER = Handler(one(Pprof, prepare))
