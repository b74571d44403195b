"""Spans around each plugin of a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve
from corefile_runtime.chain.spans import Span

if TYPE_CHECKING:
    from corefile_runtime.wire.question import Query


def spanned(name: str, serve: Serve) -> Serve:
    """The function of a plugin with a span for each traced query, below that of the plugin in front of it.

    The query has the span until the plugin is done, also while something is waited for.
    """

    def ask(query: Query) -> Outcome:
        above = query.span
        if not isinstance(above, Span) or above.ended:
            return serve(query)
        span = query.span = above.below(name)
        try:
            outcome = serve(query)
        except Exception:
            span.end()
            raise
        if isinstance(outcome, Pending):
            return outcome.then(end, (query, above, span))
        return end(outcome, (query, above, span))

    def end(reply: Reply, context: tuple[Query, Span, Span]) -> Reply:
        query, above, span = context
        query.span = above
        span.end()
        return reply

    return ask
