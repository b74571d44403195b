"""loop: asks the server a name that only it knows; when that comes back from elsewhere, the process ends."""

from __future__ import annotations

import contextlib
import secrets
import socket
from typing import TYPE_CHECKING

from corefile.plugins.loop import Loop
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.offers import Process
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.sockets.addresses import join_host_port
from corefile_runtime.wire.names import parse_name, render_name
from corefile_runtime.wire.rcodes import SERVFAIL

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site
    from corefile_runtime.events.event_loop import Timer
    from corefile_runtime.wire.question import Query

HINFO = 13
TRIES, PATIENCE, PAUSE, QUIET = 30.0, 2.0, 1.0, 2.0
"""Seconds: for all tries, for one reply, between two tries, and from a reply to the end of the watch."""
MOST = 2
"""CoreDNS lets the question come twice: once from itself, once because somebody asks again."""


def prepare(_config: Loop, home: Home) -> Link:
    """One name for the block, below its first zone."""
    probe = home.own(Probe(home))
    home.on_start(probe.start)
    home.on_stop(probe.close)
    return probe.link


class Probe:
    """The question, how often it has come, and the socket that waits for its reply."""

    def __init__(self, home: Home) -> None:
        key = home.block.keys[0]
        self._home = home
        self._process = home.find_one(Process)
        self._zone = key.zone
        labels = b"".join(bytes((len(text),)) + text for text in (_random_label(), _random_label()))
        self.name = labels + parse_name(key.zone.lower())
        self._host, self._port = home.settings.first_address, key.port
        self.active = True
        self._seen = 0
        self._until = 0.0
        self._socket: socket.socket | None = None
        self._timer: Timer | None = None

    def link(self, site: Site) -> Serve:
        """As long as it watches, the chain looks at HINFO questions."""
        behind = site.next

        def serve(query: Query) -> Outcome:
            if query.qtype != HINFO or not self.active or query.name != self.name:
                return behind(query)
            if self._is_loop(query):
                return Reply(SERVFAIL)
            outcome = behind(query)
            return outcome.then(_forget) if isinstance(outcome, Pending) else _forget(outcome)

        return serve

    def _is_loop(self, query: Query) -> bool:
        """Count the question; past MOST it is going round, and the process ends."""
        self._seen += 1
        if self._seen <= MOST:
            return False
        client = join_host_port(*query.via.client(query.peer))
        self._home.log(
            "FATAL",
            f'Loop ({client} -> {join_host_port(self._host, self._port)}) detected for zone "{self._zone}", see '
            f'https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO {render_name(self.name)}"',
        )
        self._process.fail()
        return True

    # -- asking

    def start(self) -> None:
        """Ask until there is a reply, or until it has been tried for long enough."""
        self._until = self._home.clock.now + TRIES
        self._ask()

    def _ask(self) -> None:
        self._hang_up()
        if self._home.clock.now >= self._until:
            self.active = False
            return
        number = secrets.token_bytes(2)
        host = self._host or "127.0.0.1"
        # Before anything that may fail: what cannot be sent is what gets no reply.
        self._timer = self._home.after(PATIENCE, self._fail)
        with contextlib.suppress(OSError):
            opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
            self._socket = opened
            opened.setblocking(False)
            self._home.clock.read(opened.fileno(), lambda: self._read(number))
            opened.connect((host, self._port or self._process.addresses()[0][1]))
            opened.send(number + b"\1\0\0\1\0\0\0\0\0\0" + self.name + HINFO.to_bytes(2, "big") + b"\0\1")

    def _read(self, number: bytes) -> None:
        assert self._socket is not None
        try:
            wire = self._socket.recv(65535)
        except BlockingIOError:
            return
        except OSError:
            self._fail()
            return
        if wire[:2] == number:
            self._hang_up()
            self._timer = self._home.after(QUIET, self.close)

    def _fail(self) -> None:
        """No reply: what was seen of the question does not count."""
        self._hang_up()
        self._seen = 0
        self._timer = self._home.after(PAUSE, self._ask)

    def _hang_up(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            self._home.clock.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def close(self) -> None:
        """Watch no more."""
        self.active = False
        self._hang_up()


def _random_label() -> bytes:
    return str(secrets.randbelow(1 << 62)).encode()


def _forget(reply: Reply) -> Reply:
    """Each time that the question comes must be counted."""
    reply.terms = None
    return reply


HANDLER = Handler(one(Loop, prepare), replays=True)
