"""Asking again for a reply whose time is over while a client waits (serve_stale verify)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile_runtime.chain.reply import Outcome, Pending, Reply
from corefile_runtime.wire.question import Query

if TYPE_CHECKING:
    from corefile_runtime.plugins.cache.handler import Handler
    from corefile_runtime.plugins.cache.item import Item


class Refresh(Pending):
    """The upstream is asked first; the old reply is given when it fails, or takes longer than it may."""

    __slots__ = ("_done", "_handler", "_item", "_key", "_query", "_tracked")

    def __init__(self, handler: Handler, query: Query, key: bytes, item: Item, *, tracked: bool) -> None:
        super().__init__()
        self._handler = handler
        self._query = query
        self._key = key
        self._item = item
        self._tracked = tracked
        self._done: Reply | None = None

    def start(self) -> Outcome:
        """Ask. What comes at once is returned at once."""
        from corefile_runtime.plugins.cache.handler import authenticated

        handler = self._handler
        stale = handler.stale
        outcome = handler.next(authenticated(self._query))
        if not isinstance(outcome, Pending):
            return self._judge(outcome)
        if stale is None or not stale.verify_timeout:
            return outcome.then(self._judge)
        timer = handler.loop.after(stale.verify_timeout.seconds, self._give_up)

        def arrived(reply: Reply) -> None:
            timer.cancel()
            judged = self._judge(reply, late=self._done is not None)
            if self._done is None:
                self._done = judged
                self.resolve(judged)

        outcome.then(arrived)
        return self

    def _give_up(self) -> None:
        self._done = self._handler.answer_stale(self._query, self._item)
        self.resolve(self._done)

    def _judge(self, reply: Reply, *, late: bool = False) -> Reply:
        """Take the new reply if it may replace the old one; keep it in any case if it is to be kept."""
        handler = self._handler
        refreshed = handler.writer.replaces_stale(reply, self._query)
        prefers_positive = handler.stale is not None and handler.stale.prefer_positive
        out = reply
        if refreshed:
            out = handler.writer.write(reply, self._query, self._key)
        elif prefers_positive:
            handler.writer.write(reply, self._query, self._key, refresh=True)
        if self._tracked:
            handler.end_refresh(self._item, refreshed=refreshed)
        if refreshed or late:
            return out
        return handler.answer_stale(self._query, self._item)
