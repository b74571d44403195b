"""chaos: says in class CH which server this is (version.bind, authors.bind, hostname.bind, id.server)."""

from __future__ import annotations

import random
import re
import socket
from typing import TYPE_CHECKING

from corefile.plugins.chaos import Chaos as Config
from corefile.plugins.chaos import cut
from corefile.version import __version__
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Reply, Serve
from corefile_runtime.replay.terms import Terms
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR, TXT
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.replies import compose

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site

CHAOS = 3
_ESCAPE = re.compile(rb"\\(?:([0-9]{3})|(.?))", re.DOTALL)
"""Texts are in presentation format (RFC 1035, 5.1), as miekg/dns takes all texts of TXT records."""


def prepare(config: Config, _home: Home) -> Link:
    """What each name says is fixed, but for the order of the authors."""
    version = f"corefile-{__version__}" if config.version is None else config.version
    texts = {parse_name(name): [version] for name in ("version.bind.", "version.server.")}
    texts[parse_name("authors.bind.")] = list(config.authors or ["corefile developers"])
    texts |= {parse_name(name): [cut(socket.gethostname())] for name in ("hostname.bind.", "id.server.")}

    def link(site: Site) -> Serve:
        behind = site.next

        def serve(query: Query) -> Outcome:
            if query.qclass != CHAOS or query.qtype != TXT or query.name not in texts:
                return behind(query)
            found = texts[query.name]
            # Authors come in another order each time.
            terms = Terms(folds=True) if len(found) == 1 else None
            answer = [_record(query, text) for text in random.sample(found, len(found))]
            return Reply(NOERROR, compose(query, NOERROR, answer, flags=0), "", terms)

        return serve

    return link


def _record(query: Query, text: str) -> Record:
    data = _ESCAPE.sub(_unescape, text.encode("utf-8", "surrogateescape"))[:255]
    return Record(query.asked, TXT, CHAOS, 0, bytes((len(data),)) + data)


def _unescape(found: re.Match[bytes]) -> bytes:
    number, other = found.groups()
    return bytes((int(number) & 255,)) if number is not None else other


HANDLER = Handler(one(Config, prepare), replays=True, opens_classes=True)
