"""The two caches of a block: replies that answer (success), and denials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from corefile_runtime.plugins.cache.item import Item

if TYPE_CHECKING:
    from corefile.plugins.cache import Cache

# Parts of a cache in CoreDNS (pkg/cache: shardSize); each holds at least four replies.
_SHARDS = 256


class Side:
    """One cache, bounded: the oldest reply makes room. CoreDNS lets any reply of the same part go."""

    __slots__ = ("_oldest", "items", "limit")

    def __init__(self, capacity: int) -> None:
        self.items: dict[bytes, Item] = {}
        # `cache { success 100 }` keeps 1024 replies in CoreDNS too.
        self.limit = max(capacity // _SHARDS, 4) * _SHARDS
        self._oldest: Iterator[bytes] = iter(())

    def put(self, key: bytes, item: Item) -> bool:
        """Keep a reply; whether another one had to go."""
        items = self.items
        evicted = False
        if key in items:
            end(items[key])
        elif len(items) >= self.limit:
            self._evict()
            evicted = True
        items[key] = item
        return evicted

    def _evict(self) -> None:
        """Give up the oldest reply. In what order they came is only looked up when all of the last look-up are gone."""
        while True:
            for key in self._oldest:
                if key in self.items:
                    self.drop(key)
                    return
            self._oldest = iter(list(self.items))

    def drop(self, key: bytes) -> None:
        """Keep a reply no longer."""
        item = self.items.pop(key, None)
        if item is not None:
            end(item)


def end(item: Item) -> None:
    """What was made from this reply is not replayed any more."""
    era, item.era = item.era, None
    if era is not None:
        era.end()


class Store:
    """The replies of one block's cache."""

    __slots__ = ("denial", "success")

    def __init__(self, config: Cache) -> None:
        self.success = Side(config.success.capacity)
        self.denial = Side(config.denial.capacity)

    def any(self, key: bytes) -> Item | None:
        """What is there, ended or not."""
        return self.denial.items.get(key) or self.success.items.get(key)

    def changed(self, key: bytes) -> None:
        """A reply for this key is about to be kept: which of the two caches answers may change."""
        if (item := self.success.items.get(key)) is not None:
            end(item)
        if (item := self.denial.items.get(key)) is not None:
            end(item)
