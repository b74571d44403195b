"""The topics of one worker, by way of the supervisor."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from itertools import count

from corefile_runtime.chain.topics import Key, Kind, Topics
from corefile_runtime.workers.messages import Lead, Published, Unwanted, Update, Wanted


class WorkerBoard:
    """Tells the supervisor what is wanted and published here, and the topics what comes from there."""

    def __init__(self, tell: Callable[[object], object], topics: Topics) -> None:
        self._tell = tell
        self._topics = topics
        self._wants: dict[Key, int] = {}
        self._numbers = count(1)

    def wanted(self, key: Key) -> None:
        """The first subscriber has come."""
        self._wants[key] = next(self._numbers)
        self._tell(Wanted(key, self._wants[key]))

    def unwanted(self, key: Key) -> None:
        """The last one has gone."""
        del self._wants[key]
        self._tell(Unwanted(key))

    def publish(self, key: Key, update: object, kind: Kind) -> None:
        """The feed here has something to say; raises what pickle raises."""
        self._tell(Published(key, self._wants[key], pickle.dumps(update, pickle.HIGHEST_PROTOCOL), kind))

    def take(self, message: Lead | Update) -> None:
        """Pass on a message, unless it answers an earlier subscription."""
        # A reload may end and renew a subscription while the answer to the first one is on its way.
        if self._wants.get(message.key) != message.want:
            return
        if isinstance(message, Lead):
            self._topics.lead(message.key)
        else:
            update: object = pickle.loads(message.update)  # noqa: S301 - from a process of ours
            self._topics.take(message.key, update, message.kind)
