"""The topics of all workers: who leads, who subscribes, and the state that a newcomer is sent."""

from __future__ import annotations

from corefile_runtime.chain.topics import Key, Kind
from corefile_runtime.workers.member import Member
from corefile_runtime.workers.messages import Lead, Published, Unwanted, Update, Wanted


class _Feed:
    def __init__(self) -> None:
        self.wants: dict[Member, int] = {}
        self.leader: Member | None = None
        self.told: list[tuple[bytes, Kind]] = []


class Feeds:
    """Passes on what leaders publish, in its order; updates stay pickled here.

    What was told since the last whole state is kept. It stays short, for a leader says the whole state again when there
    were very many changes (`Topics`); and it stays when a leader dies, until the next one has said its first word.
    """

    def __init__(self) -> None:
        self._feeds: dict[Key, _Feed] = {}

    def want(self, member: Member, message: Wanted) -> None:
        """A worker gets what is kept and all that comes; the first one leads."""
        feed = self._feeds.setdefault(message.key, _Feed())
        feed.wants[member] = message.want
        for at, (update, _) in enumerate(feed.told):
            member.tell(Update(message.key, message.want, update, "change" if at else "whole"))
        if feed.leader is None:
            self._appoint(message.key, feed)

    def unwant(self, member: Member, message: Unwanted) -> None:
        """A worker has no subscribers any more."""
        self._leave(member, message.key)

    def lost(self, member: Member) -> None:
        """A worker is gone."""
        for key in list(self._feeds):
            self._leave(member, key)

    def _leave(self, member: Member, key: Key) -> None:
        feed = self._feeds.get(key)
        if feed is None or feed.wants.pop(member, None) is None:
            return
        if not feed.wants:
            del self._feeds[key]
        elif feed.leader is member:
            self._appoint(key, feed)

    def _appoint(self, key: Key, feed: _Feed) -> None:
        # The one that has wanted it for longest: it has seen what the last leader published.
        feed.leader, want = next(iter(feed.wants.items()))
        feed.leader.tell(Lead(key, want))

    def publish(self, member: Member, message: Published) -> None:
        """The leader has said something."""
        feed = self._feeds.get(message.key)
        if feed is None or feed.leader is not member or feed.wants[member] != message.want:
            return
        # A whole state makes all that came before needless for newcomers.
        if message.kind != "change":
            feed.told.clear()
        feed.told.append((message.update, message.kind))
        for other, want in feed.wants.items():
            if other is not member:
                other.tell(Update(message.key, want, message.update, message.kind))
