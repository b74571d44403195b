"""Eras: the states that answers were made from, and their ends.

A `Source` stands for state that changes as a whole, `Sources` for state whose parts change one by one. What an answer
hangs on are eras: times in which a piece of state is what it is. An answer lists the eras in which it was made, also
those of state that was asked and had nothing; when one of them ends, the answer is not given again.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Iterator

K = TypeVar("K", bound=Hashable)


class Dependent(Protocol):
    """Something that must not be used when an era of its state has ended."""

    def end(self) -> object:
        """Never use it again."""
        ...


class Era:
    """A time in which a piece of state does not change. `ended` for good when it has."""

    __slots__ = ("__weakref__", "_dependents", "ended")

    def __init__(self) -> None:
        self.ended = False
        self._dependents: set[Dependent] | None = None  # most eras never have any: a set is 200 octets

    def add(self, dependent: Dependent) -> None:
        """End it with the era."""
        if self._dependents is None:
            self._dependents = {dependent}
        else:
            self._dependents.add(dependent)

    def discard(self, dependent: Dependent) -> None:
        """It has ended by itself, or was evicted."""
        if self._dependents is not None:
            self._dependents.discard(dependent)

    def end(self) -> None:
        """The state has changed."""
        self.ended = True
        dependents, self._dependents = self._dependents, None
        for dependent in dependents or ():
            dependent.end()

    def __len__(self) -> int:
        return len(self._dependents or ())


class Source:
    """State that changes as a whole; `era` is that of now."""

    __slots__ = ("era",)

    def __init__(self) -> None:
        self.era = Era()

    def drop(self) -> None:
        """The state has changed."""
        ended, self.era = self.era, Era()
        ended.end()


class Sources(Generic[K]):
    """State that changes in parts, by key: one for each thing that changes alone, one for 'is not there'.

    A key costs memory only while an answer that hangs on it is kept or on its way.
    """

    __slots__ = ("_eras",)

    def __init__(self) -> None:
        self._eras: WeakValueDictionary[K, Era] = WeakValueDictionary()

    def __getitem__(self, key: K) -> Era:
        era = self._eras.get(key)
        if era is None:
            era = self._eras[key] = Era()
        return era

    def __iter__(self) -> Iterator[K]:
        return iter(list(self._eras))

    def __len__(self) -> int:
        return len(self._eras)

    def drop(self, key: K) -> None:
        """One part has changed."""
        era = self._eras.pop(key, None)
        if era is not None:
            era.end()

    def drop_all(self) -> None:
        """Everything may have changed."""
        eras, self._eras = list(self._eras.values()), WeakValueDictionary()
        for era in eras:
            era.end()
