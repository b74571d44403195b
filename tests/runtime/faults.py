"""Faults: one call that a plugin makes to what is outside it fails, whichever it is.

A fault is known by its place (the step, the call, and the function that makes it), and by how often that has come
before. A run without a fault tells which places there are.
"""

from __future__ import annotations

import builtins
import ctypes
import os
import socket
import ssl
import subprocess
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from errno import EMFILE
from inspect import currentframe
from threading import Lock, Thread
from types import FrameType
from typing import Any

import pytest
from corefile_runtime.chain import build
from corefile_runtime.chain.handler import Handler
from corefile_runtime.chain.home import Home
from corefile_runtime.chain.reply import Serve
from corefile_runtime.chain.site import Link, Site
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.http.server import Inquiry
from corefile_runtime.sockets.batch import Batch

from corefile.ir.program import Config

CALLER = ("plugins", "upstream", "http", "chain")
"""Who calls the system for a plugin, and what it uses to do so: that is looked through."""
LOOKED_THROUGH = ("sockets", "events", "process")

SYSTEM: list[tuple[Any, str]] = [
    (builtins, "open"),
    *((os, name) for name in ("stat", "open", "urandom")),
    (subprocess, "Popen"),
    *((socket, name) for name in ("getaddrinfo", "gethostname", "if_nameindex")),
    *(
        (socket.socket, name)
        for name in (
            "__init__", "setblocking", "setsockopt", "getsockopt", "bind", "listen", "accept", "connect", "connect_ex",
            "send", "sendto", "sendmsg", "recv", "recvfrom", "getsockname", "shutdown",
        )
    ),
    *((ssl.SSLContext, name) for name in ("load_cert_chain", "load_verify_locations", "wrap_bio")),
    (Thread, "start"),
    *((Loop, name) for name in ("read", "write")),
]  # fmt: skip
HOME = [
    name
    for name, value in vars(Home).items()
    if callable(value) and not name.startswith("_") and name not in ("refuse", "now")
]  # fmt: skip

Place = tuple[str, int]
"""What fails, and the how manieth time."""


class Faults:
    """Counts what the plugin of a name calls in the block of all names, and has one call fail."""

    def __init__(self, plugin: str, place: Place | None = None, error: type[Exception] = RuntimeError) -> None:
        self.plugin = plugin
        self.place = place
        self.error = error
        self.step = ""
        self.seen: Counter[str] = Counter()
        self.hit = False
        self._lock = Lock()

    def reach(self, what: str) -> None:
        """A call is about to be made."""
        if not self.step:
            return
        label = f"{self.step}: {what}"
        with self._lock:
            self.seen[label] += 1
            fails = self.place == (label, self.seen[label])
            self.hit |= fails
        if fails and self.error is OSError:
            ctypes.set_errno(EMFILE)
            raise OSError(EMFILE, os.strerror(EMFILE))
        if fails:
            raise self.error("a fault")

    def is_mine(self, home: Home) -> bool:
        """Whether a home is that of the plugin under test."""
        return home.use.name == self.plugin and home.zones == (".",)

    def around(self, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """A function that may fail before it does anything."""

        def may_fail(*arguments: object, **options: object) -> object:
            self.reach(what)
            return call(*arguments, **options)

        return may_fail

    # -- where they are put

    @contextmanager
    def armed(self) -> Generator[None]:
        """All calls are counted meanwhile."""
        with pytest.MonkeyPatch.context() as patch:
            for owner, name in SYSTEM:
                patch.setattr(owner, name, self._of_system(owner, name), raising=False)
            for name in ("receive", "send_all"):
                patch.setattr(Batch, name, self._of_batch(name))
            for name in HOME:
                patch.setattr(Home, name, self._of_home(name))
            patch.setattr(build, "find_handler", self._find_handler)
            yield

    def _of_system(self, owner: object, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(owner, name)

        def may_fail(*arguments: object, **options: object) -> object:
            # What was accepted becomes an object without any call to the system.
            if self.step and "fileno" not in options and (caller := find_caller()):
                self.reach(f"{name} in {caller}")
            return call(*arguments, **options)

        return may_fail

    def _of_batch(self, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(Batch, name)

        def may_fail(*arguments: object) -> object:
            if self.step and (caller := find_caller()):
                try:
                    self.reach(f"{name} in {caller}")
                except OSError as error:  # as the system tells it
                    ctypes.set_errno(error.errno or 0)
                    return -1 if name == "receive" else 0
            return call(*arguments)

        return may_fail

    def _of_home(self, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(Home, name)

        def wrap(value: object) -> object:
            """What the home calls back may fail too; resources and protocols are no such thing."""
            if not callable(value) or isinstance(value, type | Inquiry) or name == "offer":
                return value
            return self.around(f"callback of {name}", value)

        def may_fail(home: Home, *arguments: object, **options: object) -> object:
            if not self.is_mine(home):
                return call(home, *arguments, **options)
            self.reach(f"Home.{name} in {find_caller()}")
            return call(home, *map(wrap, arguments), **{key: wrap(value) for key, value in options.items()})

        return may_fail

    def _find_handler(self, name: str) -> Handler | None:
        handler = find_handler(name)
        if handler is None or name != self.plugin:
            return handler
        prepare = handler.prepare

        def may_fail(configs: tuple[Config, ...], home: Home) -> Link | None:
            if not self.is_mine(home):
                return prepare(configs, home)
            self.reach("prepare")
            link = prepare(configs, home)
            if link is None:
                return None

            def put(site: Site) -> Serve:
                return self.around("serve", link(site))

            return self.around("link", put)

        return handler._replace(prepare=may_fail)


find_handler = build.find_handler


def find_caller() -> str:
    """Which function of a plugin, or of what works for one, makes a call; empty when it is somebody else's."""
    for module, function in _frames():
        package, _, rest = module.partition(".")
        if rest == "process.listening":  # begun by what a plugin waited for
            return ""
        part = rest.partition(".")[0]
        if package != "corefile_runtime" or part in LOOKED_THROUGH:
            continue
        return f"{rest}.{function}" if part in CALLER else ""
    return ""


def _frames() -> Iterator[tuple[str, str]]:
    frame: FrameType | None = currentframe()
    while frame is not None:
        yield frame.f_globals.get("__name__", ""), frame.f_code.co_qualname
        frame = frame.f_back
