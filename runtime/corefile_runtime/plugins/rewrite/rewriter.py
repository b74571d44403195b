"""The rewriter: the path of a query and its reply through the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from corefile_runtime.chain.reply import Outcome, Pending, Reply, join, with_messages
from corefile_runtime.plugins.rewrite.change import Change, with_options
from corefile_runtime.plugins.rewrite.compile import Compiled
from corefile_runtime.plugins.rewrite.following import Following
from corefile_runtime.plugins.rewrite.message import Message, change_in_place, keeps_names, run_steps, turn_back
from corefile_runtime.plugins.rewrite.replaying import limit_ageing
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.options import read_options
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR, SERVFAIL, UNWRITTEN
from corefile_runtime.wire.replies import add_opt, error_reply

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Site
    from corefile_runtime.wire.records import Place

_OPT_SIZE = 11


class Rewriter:
    """The rules of a block in one chain."""

    def __init__(self, rules: Sequence[Compiled], site: Site, home: Home) -> None:
        self._rules = rules
        self._behind = site.next
        self._following = Following(site.ask, home)

    def serve(self, query: Query) -> Outcome:
        """Apply the rules up to the first one that fits and ends it, and ask for what has become of the query."""
        change, stopped = Change(query), False
        try:
            for rule in self._rules:
                if rule.apply(change) and rule.stops:
                    stopped = True
                    break
        except Malformed:
            if change.options is not None:
                query.changed = with_options(query, change.options)
            return Reply(SERVFAIL, None, f"invalid name after rewrite: {change.text}")
        asked = change.build()
        if asked is query:
            if not stopped and not change.answers.count:
                return self._behind(query)
        else:
            query.changed = asked
        outcome = self._behind(asked)
        # Where no rule waits for the reply CoreDNS does not put the client's question back; here it is (RFC 5452, 9.1).
        writes = stopped or change.answers.count > 0
        if isinstance(outcome, Pending):
            return outcome.then(self._finish, (query, asked, change, writes))
        return self._finish(outcome, (query, asked, change, writes))

    def _finish(self, reply: Reply, context: tuple[Query, Query, Change, bool]) -> Outcome:
        """The reply as the client is to see it. An error that nobody has written yet becomes a reply here."""
        query, asked, change, writes = context
        wire = reply.wire
        if change.answers.reverts:
            self._revert(asked, change)
        if wire is None:
            if not writes or reply.rcode not in UNWRITTEN:
                return reply
            wire = error_reply(query, reply.rcode)
            if asked.opt:
                wire = add_opt(asked.reverted or asked, wire)
            reply = Reply(NOERROR, wire, reply.error)
        try:
            if reply.more is not None:
                # CoreDNS too changes each message of a transfer, in its WriteMsg; there it looks up CNAMEs as well.
                return with_messages(reply, lambda one: _rewrite(one, query, change))
            if keeps_names(wire, query, change.answers):
                return _done(reply, change_in_place(wire, query, change.answers), change, reply.places)
            turned = turn_back(wire, query, asked, change.answers, reply.places)
            if turned is not None:
                if reply.terms is not None:
                    reply.terms.folds = False  # the records point into the question
                return _done(reply, turned[0], change, turned[1])
            if change.answers.follows:
                message = Message.read(wire, query)
                return self._following.run(
                    message, change.answers, query, asked, lambda found: _followed(reply, message, change, found)
                )
            return _take_apart(reply, wire, query, change)
        except (Malformed, IndexError) as error:
            return _broken(error)

    @staticmethod
    def _revert(asked: Query, change: Change) -> None:
        """The OPT of the reply has nothing of what was only meant for the plugins behind."""
        options = read_options(asked.wire, asked.opt)
        for revert in reversed(change.answers.reverts):
            revert(options)
        asked.reverted = with_options(asked, options)


def _take_apart(reply: Reply, wire: bytes, query: Query, change: Change) -> Reply:
    """A reply whose names have changed.

    What was asked behind the rules has the letters of a rule, whatever the client's are. So the reply is right for the
    name in any letters as long as nothing in it points into the question; which takes more octets.
    """
    terms = reply.terms
    if terms is not None and change.labels is not None and query.asked != query.name:
        out = _rewrite(wire, query, change, points=False)
        if len(out) + _OPT_SIZE <= query.limit:
            terms.folds = True
            return _done(reply, out, change)
    if terms is not None:
        terms.folds = False
    return _done(reply, _rewrite(wire, query, change), change)


def _rewrite(wire: bytes, query: Query, change: Change, *, points: bool = True) -> bytes:
    """A message after all rules but those that follow names; raises Malformed or IndexError."""
    message = Message.read(wire, query)
    run_steps(message, change.answers)
    return message.render(change.answers, points=points)


def _followed(reply: Reply, message: Message, change: Change, found: Sequence[Reply]) -> Reply:
    """All names have been followed, if there was one at all. The reply depends on what was found behind each."""
    join(reply, *found)
    if reply.terms is not None:
        reply.terms.folds = False
    try:
        return _done(reply, message.render(change.answers), change)
    except Malformed as error:
        return _broken(error)


def _done(reply: Reply, wire: bytes, change: Change, places: list[Place] | None = None) -> Reply:
    terms, bounds = reply.terms, change.answers.ttls()
    if change.private:
        terms = None
    if terms is not None:
        terms.folds = terms.folds and not change.spelled
        if bounds is not None:
            limit_ageing(terms, bounds)
    return Reply(reply.rcode, wire, reply.error, terms, places)


def _broken(error: Exception) -> Reply:
    """A name in the reply came out wrong, or the reply is no message: CoreDNS then writes nothing at all."""
    return Reply(SERVFAIL, None, f"reply cannot be rewritten: {error}")
