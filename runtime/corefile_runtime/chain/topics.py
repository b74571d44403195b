"""Feeds: what is watched or loaded is read by one process, and applied by all that serve together.

One process leads a topic: it watches a source (an API, a zone, a file) and publishes what changes. Each subscriber, in
whichever process and configuration, applies it. Who comes later gets what was published since the last whole state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias, TypeVar

from corefile_runtime.events.event_loop import Loop, Timer
from corefile_runtime.events.lifetime import Closable, Lifetime, Repeated
from corefile_runtime.events.threads import Threads, Work

T = TypeVar("T")
R = TypeVar("R", bound=Closable)
Key: TypeAlias = tuple[str, str]
"""The kind of a topic, and which one of its kind: all that its feed hangs on."""
Kind: TypeAlias = Literal["change", "whole", "snapshot"]
"""A change; a state that makes all before needless; the same, of what has been applied already, for newcomers."""
Apply: TypeAlias = Callable[[object], object]
"""Takes up an update; all of them have been published by the leader, in this order, a whole state first."""
MOST = 1024
"""Changes that are kept for newcomers before a snapshot is asked for."""
AGAIN = 5.0
"""Seconds after which a process that shall lead, and failed to, tries again."""


class Feed(Protocol):
    """What a leader does. What it publishes must be such that pickle can take it to another process."""

    def snapshot(self) -> object:
        """The whole state as one update, as it was published last: asked for between two events."""
        ...

    def close(self) -> object:
        """Nobody subscribes any more, or the process ends."""
        ...


class FeedHome:
    """What a feed may touch. It outlives the configuration that began it, so it has timers and threads of its own."""

    def __init__(self, life: Lifetime, publish: Callable[[object, bool], object]) -> None:
        self._life = life
        self._publish = publish

    def publish(self, update: object, *, whole: bool = False) -> None:
        """Tell all subscribers of a change, or of a `whole` state; the first that a feed says is taken as one."""
        self._publish(update, whole)

    def own(self, resource: R) -> R:
        """Close it when the feed ends."""
        return self._life.own(resource)

    def after(self, seconds: float, call: Callable[..., object], *arguments: object) -> Timer:
        """Call once, unless the feed has ended by then."""
        return self._life.after(seconds, call, *arguments)

    def every(self, seconds: float, call: Callable[[], object]) -> Repeated:
        """Call again and again."""
        return self._life.every(seconds, call)

    def in_thread(self, work: Callable[[], T], then: Callable[[T | Exception], object]) -> Work[T]:
        """Do work in a thread and call `then` in the loop with what comes of it."""
        return self._life.in_thread(work, then)

    def post(self, call: Callable[[], object]) -> None:
        """Call in the loop; may be called from any thread."""
        self._life.post(call)


Lead: TypeAlias = Callable[[FeedHome], Feed]


class Board(Protocol):
    """Where what is published goes when several processes serve: by way of the supervisor to all."""

    def wanted(self, key: Key) -> None:
        """The first subscriber of this process has come."""
        ...

    def unwanted(self, key: Key) -> None:
        """The last one has gone."""
        ...

    def publish(self, key: Key, update: object, kind: Kind) -> None:
        """The feed of this process has something to say; raises what pickle raises."""
        ...


class Topic:
    """One topic in one process. `told` is what was published since the last whole state, that included."""

    def __init__(self, lead: Lead) -> None:
        self.subscribers: list[Apply] = []
        self.lead = lead
        self.feed: Feed | None = None
        self.life: Lifetime | None = None
        self.told: list[object] = []
        self.shortens = False


class Topics:
    """The topics of one process. Alone it leads all of them; with a `board` it leads those that it is told to."""

    def __init__(self, loop: Loop, threads: Threads, failed: Callable[[BaseException], object]) -> None:
        self._loop = loop
        self._threads = threads
        self._failed = failed
        self._topics: dict[Key, Topic] = {}
        self.board: Board | None = None

    def subscribe(self, key: Key, lead: Lead, apply: Apply) -> Callable[[], None]:
        """Apply what is published from now on, and what has been; the function that ends it.

        Raises what `apply` or `lead` raise, and then nothing has changed.
        """
        topic = self._topics.get(key)
        if topic is None:
            topic = self._topics[key] = Topic(lead)
            if self.board is not None:
                self.board.wanted(key)
        topic.lead = lead  # that of the newest configuration
        topic.subscribers.append(apply)
        try:
            for update in list(topic.told):
                apply(update)
            if self.board is None:
                self._take_lead(key, topic)
        except BaseException:
            self._leave(key, topic, apply)
            raise
        return lambda: self._leave(key, topic, apply)

    def _leave(self, key: Key, topic: Topic, apply: Apply) -> None:
        if apply not in topic.subscribers:
            return
        topic.subscribers.remove(apply)
        if not topic.subscribers and self._topics.get(key) is topic:
            del self._topics[key]
            self._end(topic)
            if self.board is not None:
                self.board.unwanted(key)

    # -- the leader

    def lead(self, key: Key) -> None:
        """From now on this process reads the source. An error is reported, and it tries again."""
        topic = self._topics.get(key)
        if topic is not None:
            try:
                self._take_lead(key, topic)
            except Exception as error:
                self._failed(error)
                self._loop.after(AGAIN, self.lead, key)

    def _take_lead(self, key: Key, topic: Topic) -> None:
        if topic.life is not None:
            return
        life = topic.life = Lifetime(self._loop, self._threads)
        life.start()
        has_said = False

        def publish(update: object, whole: bool) -> None:
            nonlocal has_said
            if topic.life is life:
                kind: Kind = "whole" if whole or not has_said else "change"
                self._publish(key, topic, update, kind)
                has_said = True

        try:
            topic.feed = topic.lead(FeedHome(life, publish))
        except BaseException:
            self._end(topic)
            raise

    def _publish(self, key: Key, topic: Topic, update: object, kind: Kind) -> None:
        if self.board is not None:
            self.board.publish(key, update, kind)
        self.take(key, update, kind)
        if len(topic.told) > MOST and not topic.shortens:
            topic.shortens = True
            # Not at once: a feed may publish a change before it has it in its own state.
            self._loop.later(lambda: self._shorten(key, topic))

    def _shorten(self, key: Key, topic: Topic) -> None:
        topic.shortens = False
        if topic.feed is not None:
            self._publish(key, topic, topic.feed.snapshot(), "snapshot")

    def _end(self, topic: Topic) -> None:
        feed, life, topic.feed, topic.life = topic.feed, topic.life, None, None
        if feed is not None:
            self._loop.guard(feed.close)
        if life is not None:
            life.close()

    # -- all

    def take(self, key: Key, update: object, kind: Kind) -> None:
        """Apply what was published, here or elsewhere. A subscriber that fails keeps the others from nothing."""
        topic = self._topics.get(key)
        if topic is None:
            return
        if kind != "change":
            topic.told.clear()
        topic.told.append(update)
        if kind != "snapshot":
            for apply in list(topic.subscribers):
                self._loop.guard(apply, update)

    def close(self) -> None:
        """The process ends."""
        for topic in self._topics.values():
            self._end(topic)
        self._topics.clear()
