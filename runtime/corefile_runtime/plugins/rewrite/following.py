"""CNAMEs that are led elsewhere: the new name is asked for inside the server, which may have to wait."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, TypeAlias

from corefile_runtime.chain.inner_query import asker
from corefile_runtime.chain.reply import Outcome, Pending, Reply
from corefile_runtime.plugins.rewrite.answers import Answers, Entry, Follow
from corefile_runtime.plugins.rewrite.message import TC, Message, clamp, in_order
from corefile_runtime.wire.names import Malformed
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import CNAME, UNWRITTEN
from corefile_runtime.wire.records import question_end, read_sections

if TYPE_CHECKING:
    from corefile_runtime.process.instance import Instance

Steps: TypeAlias = Generator[bytes, Reply, bool]
"""Yields a name to ask for, is sent the reply; in the end tells whether any name was asked for."""
Done: TypeAlias = Callable[[bool], Reply]


class Following:
    """Asks for names on behalf of queries to one listener."""

    def __init__(self, instance: Instance, label: str) -> None:
        self._ask = asker(instance, label)
        self._output = instance.output

    def run(self, message: Message, answers: Answers, query: Query, asked: Query, done: Done) -> Outcome:
        """Apply all rules to a reply, with a pause for each name that must be waited for."""
        steps = self._steps(message, answers)

        def go_on(reply: Reply | None) -> Outcome:
            try:
                while True:
                    name = next(steps) if reply is None else steps.send(reply)
                    query.changed = asked.with_question(name, asked.qtype, 1)  # as errors and metrics see it
                    query.changed.reverted = asked.reverted
                    outcome = self._ask(asked, name, asked.qtype)
                    if isinstance(outcome, Pending):
                        return outcome.then(go_on)
                    reply = outcome
            except StopIteration as end:
                return done(end.value)

        return go_on(None)

    def _steps(self, message: Message, answers: Answers) -> Steps:
        followed = False
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
                    followed = True
                    self._lead(message, entry, target, (yield target))
            clamp(entry, answers)
        return followed

    def _lead(self, message: Message, entry: Entry, target: bytes, reply: Reply) -> None:
        """Give the answers of the new name behind the CNAME, in place of all that stood there."""
        wire = reply.wire
        if wire is None and reply.rcode not in UNWRITTEN:
            self._output.log("ERROR", "upstream lookup returned nil")
            return
        old, found = entry.rdata, list[Entry]()
        if wire is not None:
            found = [Entry(record) for record in read_sections(wire, question_end(wire)).answer]
        kept: list[Entry] = []
        for one in message.sections.answer:
            if one.rtype == CNAME:
                kept.append(one)
                if one.rdata == old:
                    one.rdata = target
                    break
        message.sections.answer[:] = kept + found
        message.set_truncated(truncated=wire is not None and bool(wire[2] & TC))
