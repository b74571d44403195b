"""Loading of a configuration in a child process: it takes long, and the supervisor has others to answer.

A thread would hold the interpreter lock meanwhile, and a process that forks should have no threads.
"""

from __future__ import annotations

import select
from collections.abc import Callable

from corefile.ir.program import Program
from corefile_runtime.chain.refusal import StartError, explain
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.workers import forking
from corefile_runtime.workers.channel import Channel
from corefile_runtime.workers.line import Line
from corefile_runtime.workers.packing import Packed, pack, unpack

Load = Callable[[], Program]


def load_in_child(
    loop: Loop,
    load: Load,
    then: Callable[[Program | Exception], object],
    spent: Callable[[float], object],
    between: Callable[[], object] = lambda: None,
) -> Callable[[], object]:
    """Call `then` in the loop with what `load` gives or raises; the function that ends it before. Raises OSError.

    `spent` is told how many seconds of CPU time that took. A large program is taken in pieces, with a call of `between`
    after each.
    """
    told = False

    def tell(outcome: Program | Exception) -> None:
        nonlocal told
        if not told:
            told = True
            line.close()
            forking.kill(pid)
            forking.reap(loop, pid, lambda _status, usage: spent(forking.cpu_of(usage)))
            then(outcome)

    def take(message: object) -> None:
        if isinstance(message, Packed):
            tell(unpack(message, between))
        elif isinstance(message, Exception):
            tell(message)

    def cancel() -> None:
        nonlocal then
        then = _nothing
        tell(StartError("it is not wanted any more"))

    pid, channel = forking.fork(lambda theirs, kept: forking.run_forked(lambda: _give(theirs, load), {0, 1, 2, *kept}))
    line = Line(loop, channel, take, lambda: tell(StartError("the process that loads the configuration has died")))
    return cancel


def _give(channel: Channel, load: Load) -> None:
    """In the other process."""
    outcome: Packed | Exception
    try:
        outcome = pack(load(), _rest)
    except Exception as error:
        outcome = error
    try:
        channel.send(outcome)
    except Exception:  # what pickle does not take raises anything
        channel.send(StartError(explain(outcome) if isinstance(outcome, Exception) else "it cannot be told"))
    poll = select.poll()
    poll.register(channel, select.POLLOUT)
    while channel.pending:
        poll.poll()
        channel.flush()


def _rest() -> None:
    """Here nobody waits."""


def _nothing(_outcome: Program | Exception) -> None:
    """Nobody waits any more."""
