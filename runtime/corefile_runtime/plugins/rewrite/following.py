"""Retargeted CNAMEs: an inner query asks for the new name, and the reply may have to wait for it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from corefile_runtime.chain.inner_query import Ask
from corefile_runtime.chain.reply import Outcome, Pending, Reply
from corefile_runtime.plugins.rewrite.answers import Answers, Entry, Follow
from corefile_runtime.plugins.rewrite.message import TC, Message, clamp, in_order
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import CNAME, UNWRITTEN
from corefile_runtime.wire.records import question_end, read_sections

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home

Steps: TypeAlias = Generator[bytes, Reply, None]
"""Yields a name to ask for, is sent the reply."""
Done: TypeAlias = Callable[[Sequence[Reply]], Reply]
"""Gets all replies that there were."""


class Following:
    """Asks one listener for names on behalf of queries."""

    def __init__(self, ask: Ask, home: Home) -> None:
        self._ask = ask
        self._home = home

    def run(self, message: Message, answers: Answers, query: Query, asked: Query, done: Done) -> Outcome:
        """Apply all rules to a reply, with a pause for each name that must be waited for."""
        steps = self._steps(message, answers)
        found: list[Reply] = []

        def go_on(reply: Reply | None) -> Outcome:
            try:
                while True:
                    if reply is not None:
                        found.append(reply)
                    name = next(steps) if reply is None else steps.send(reply)
                    query.changed = asked.with_question(name, asked.qtype, 1)  # as errors and metrics see it
                    query.changed.reverted = asked.reverted
                    outcome = self._ask(asked, name, asked.qtype)
                    if isinstance(outcome, Pending):
                        return outcome.then(go_on)
                    reply = outcome
            except StopIteration:
                return done(found)

        return go_on(None)

    def _steps(self, message: Message, answers: Answers) -> Steps:
        for entry in in_order(message):
            for step in reversed(answers.steps):
                if not isinstance(step, Follow):
                    step(entry)
                    continue
                try:
                    target = step.target(entry)
                except Malformed:
                    continue
                if target is not None:
                    self._lead(message, entry, target, (yield target))
            clamp(entry, answers)

    def _lead(self, message: Message, entry: Entry, target: bytes, reply: Reply) -> None:
        """Give the answers of the new name behind the CNAME, in place of all that stood there."""
        wire = reply.wire
        if wire is None and reply.rcode not in UNWRITTEN:  # dropped: not even the server says anything
            # CoreDNS logs this without the plugin's name, and leaves the reply as it is.
            self._home.write("[ERROR] upstream lookup returned nil")
            return
        old, found = entry.rdata, list[Entry]()
        if wire is not None:
            found = [Entry(record) for record in read_sections(wire, question_end(wire)).answer]
        chain: list[Entry] = []
        for one in message.sections.answer:
            if one.rtype == CNAME:
                chain.append(one)
                if one.rdata == old:
                    one.rdata = target
                    break
        message.sections.answer[:] = chain + found
        message.set_truncated(truncated=wire is not None and bool(wire[2] & TC))
