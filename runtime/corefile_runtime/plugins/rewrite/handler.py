"""The path of a query through the rules, and of its reply back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from corefile_runtime.chain.reply import Outcome, Pending, Reply
from corefile_runtime.plugins.rewrite.change import Change, with_options
from corefile_runtime.plugins.rewrite.compile import Compiled
from corefile_runtime.plugins.rewrite.following import Following
from corefile_runtime.plugins.rewrite.message import Message, change_in_place, keeps_names, run_steps
from corefile_runtime.plugins.rewrite.replaying import adjust
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.options import read_options
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR, SERVFAIL, UNWRITTEN
from corefile_runtime.wire.replies import add_opt, error_reply

if TYPE_CHECKING:
    from corefile_runtime.chain.build import Site
    from corefile_runtime.process.instance import Instance


class Handler:
    """The rules of a block in one chain."""

    def __init__(self, rules: Sequence[Compiled], site: Site, instance: Instance) -> None:
        self._rules = rules
        self._behind = site.next
        self._following = Following(instance, site.server)

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
        if change.private:
            reply.facts = None
        try:
            if keeps_names(wire, query, change.answers):
                return self._done(reply, change_in_place(wire, query, change.answers), change)
            message = Message.read(wire, query)
            if change.answers.follows:
                return self._following.run(
                    message, change.answers, query, asked, lambda once: self._followed(reply, message, change, once)
                )
            run_steps(message, change.answers)
            return self._done(reply, message.render(change.answers), change)
        except (Malformed, IndexError) as error:
            return _broken(error)

    def _followed(self, reply: Reply, message: Message, change: Change, once: bool) -> Reply:
        """All names have been followed, if there was one at all. Then the reply depends on more than one answer."""
        if once:
            reply.facts = None
        try:
            return self._done(reply, message.render(change.answers), change)
        except Malformed as error:
            return _broken(error)

    @staticmethod
    def _done(reply: Reply, wire: bytes, change: Change) -> Reply:
        facts = reply.facts
        if facts is not None:
            facts = adjust(facts, change.answers.ttls(), wire)
        return Reply(reply.rcode, wire, reply.error, facts)

    @staticmethod
    def _revert(asked: Query, change: Change) -> None:
        """The OPT of the reply has nothing of what was only meant for the plugins behind."""
        options = read_options(asked.wire, asked.opt)
        for revert in reversed(change.answers.reverts):
            revert(options)
        asked.reverted = with_options(asked, options)


def _broken(error: Exception) -> Reply:
    """A name in the reply came out wrong, or the reply is no message: CoreDNS then writes nothing at all."""
    return Reply(SERVFAIL, None, f"reply cannot be rewritten: {error}")
