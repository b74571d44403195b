"""Requests and answers, whichever version of HTTP carries them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

Fields: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values, without line ends."""


class Request(NamedTuple):
    """One request. `path` is unescaped, `query` what stands behind the `?`; names of `fields` are in lower case."""

    method: str
    path: str
    query: str
    fields: Mapping[str, list[str]]

    def field(self, name: str) -> str:
        """The first value of a field, empty where there is none."""
        return self.fields.get(name, [""])[0]


class Answer(NamedTuple):
    """What an endpoint says. `fields` are further ones; after the `last` answer nothing is read any more."""

    status: int
    body: str | bytes
    content: str = "text/plain; charset=utf-8"
    fields: Fields = ()
    last: bool = False

    @property
    def octets(self) -> bytes:
        """The body as it is sent."""
        return self.body.encode() if isinstance(self.body, str) else self.body


class BadRequest(Exception):
    """A request that ends its connection. `status` goes without the usual text when `body` is given."""

    def __init__(self, status: int, detail: str = "", body: str | None = None) -> None:
        self.status = status
        self.reason = reason(status) + (f": {detail}" if detail else "")
        super().__init__(f"{status} {self.reason}")
        self.body = str(self) if body is None else body


NOSNIFF = ("X-Content-Type-Options", "nosniff")
"""What Go's server adds to errors in plain text."""


def error_answer(status: int, text: str = "", fields: Fields = ()) -> Answer:
    """An error as Go's server tells it: by the name of its status, unless there is another `text`."""
    return Answer(status, f"{text or reason(status)}\n", fields=(NOSNIFF, *fields))


def reason(status: int) -> str:
    """The text of a status code; Go's are the same."""
    from http import HTTPStatus  # seldom wanted, and 1 ms of each start

    return HTTPStatus(status).phrase
