"""The state of a query under the rules, and the changes that its reply needs."""

from __future__ import annotations

from collections.abc import Callable

from corefile_runtime.plugins.rewrite.answers import Answers
from corefile_runtime.wire.names import Malformed, is_plain, parse_name, render_name
from corefile_runtime.wire.options import Option, read_options, render_options
from corefile_runtime.wire.question import Query

OPT_SIZE = 4096


class Change:
    """What has become of a query so far.

    `name` is the name in lower case, `text` as it stands now; `labels` are set once a rule has changed it. `options` is
    None as long as no rule has looked at EDNS. `private`: the outcome depends on what no key of an entry holds.
    `spelled`: it depends on the letters in which the client wrote the name.
    """

    __slots__ = ("answers", "labels", "name", "options", "private", "qclass", "qtype", "query", "spelled", "text")

    def __init__(self, query: Query) -> None:
        self.query = query
        self.name = query.text
        self.text = ""
        self.labels: bytes | None = None
        self.qtype = query.qtype
        self.qclass = query.qclass
        self.options: list[Option] | None = None
        self.private = self.spelled = False
        self.answers = Answers()

    def rename(self, text: str) -> None:
        """Ask for another name; raises Malformed for what is none."""
        self.text, self.name = text, text.lower()
        if not text:
            raise Malformed("a name is empty")
        self.labels = parse_name(text)

    def edns(self) -> list[Option]:
        """The options, for a rule to change; the query has EDNS from now on."""
        if self.options is None:
            self.options = read_options(self.query.wire, self.query.opt)
        return self.options

    def shown(self) -> str:
        """The name as text, in the letters in which it is asked for now."""
        return self.text or render_name(self.query.asked)

    def build(self) -> Query:
        """The query for the plugins behind; itself when nothing has changed."""
        query = self.query
        if self.labels is not None or self.qtype != query.qtype or self.qclass != query.qclass:
            name = self.labels if self.labels is not None else query.asked
            query = query.with_question(name, self.qtype, self.qclass)
            if self.labels is not None and is_plain(self.name):
                query.text_name = self.name
        if self.options is not None:
            query = with_options(query, self.options)
        return query


Apply = Callable[[Change], bool]
"""Changes the query if the rule fits it; whether it has fitted. Raises Malformed for a name that comes out wrong."""


def with_options(query: Query, options: list[Option]) -> Query:
    """The query with these options and no others, and with EDNS in any case."""
    wire, at = query.wire, query.opt
    data = render_options(options)
    if at:
        end = at + 11 + (wire[at + 9] << 8 | wire[at + 10])
        copy = query.with_wire(wire[: at + 9] + data + wire[end:])
    else:
        # Counts of records that are not there are forgiven in queries, but nothing may be put behind them.
        counts = wire[6:12] if len(wire) > query.end else bytes(6)
        additional = (counts[4] << 8 | counts[5]) + 1
        counts = counts[:4] + additional.to_bytes(2, "big")
        opt = b"\0\0\x29" + OPT_SIZE.to_bytes(2, "big") + bytes(4) + data
        copy = query.with_wire(wire[:6] + counts + wire[12:] + opt)
        copy.opt, copy.size = len(wire), OPT_SIZE
    copy.options = query.options or bool(options)
    return copy
