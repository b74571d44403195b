"""The data that a template sees of a query: fields with Go's names, worked out when they are looked at."""

from __future__ import annotations

from corefile.golang.faults import EvaluationFault
from corefile.golang.regexp import Regexp
from corefile.golang.texttemplate.functions import StringMap
from corefile_runtime.plugins.template.message import Message, Question
from corefile_runtime.wire.question import Query

# ruff: noqa: N802 - Go's names


class Data:
    """The data of one template for one query."""

    __slots__ = ("Class", "Name", "Type", "Var", "Zone", "_found", "_query", "_regexp")

    def __init__(self, query: Query, zone: str, regexp: Regexp | None, qclass: str, qtype: str) -> None:
        self.Zone = zone
        self.Name = query.text
        self.Class = qclass
        self.Type = qtype
        self.Var: dict[str, object] = {}
        self._query = query
        self._regexp = regexp
        self._found: tuple[str, ...] = ()

    @property
    def Regex(self) -> str:
        """The pattern that fits."""
        return self._regexp.pattern if self._regexp is not None else ".*"

    @property
    def groups(self) -> tuple[str, ...]:
        """What the pattern has found, the whole first."""
        if not self._found:
            found = self._regexp.find(self.Name) if self._regexp is not None else None
            self._found = found or (self.Name,)
        return self._found

    @property
    def Match(self) -> list[str]:
        """The groups by number."""
        return list(self.groups)

    @property
    def Group(self) -> StringMap:
        """The groups by number and by name."""
        groups = self.groups
        known = StringMap({str(number): text for number, text in enumerate(groups)})
        if self._regexp is not None:
            known.update({name: text for name, text in zip(self._regexp.names, groups, strict=False) if name})
        return known

    @property
    def Remote(self) -> str:
        """The client's address."""
        return self._query.via.client(self._query.peer)[0]

    @property
    def Question(self) -> Question:
        """The question as it was asked."""
        return Question(self._query)

    @property
    def Message(self) -> Message:
        """The query."""
        return Message(self._query)

    def Meta(self, name: object) -> str:
        """A label that plugins publish, empty without `metadata`."""
        if not isinstance(name, str):
            raise EvaluationFault("the name of a label must be a text")
        return (self._query.labels or {}).get(name, "")

    def group(self, name: object) -> str:
        """`group(NAME)` of expressions, by number or name."""
        return self.Group.get(str(name), "") if type(name) in (int, str) else ""
