"""HTTP/1.1 by h11, and around it what Go's server does otherwise, as far as a probe or a scraper sees it."""

from __future__ import annotations

import h11

from corefile_runtime.http.go_request import check_request, explain, find_head, gather_fields, split_target
from corefile_runtime.http.messages import Answer, BadRequest, Fields, Request, reason

MAX_BODY = 256 << 10
"""Octets of a body that are read over for the sake of the next request on the connection, as in Go."""
MAX_PIECES = 200
"""And in how many chunks at most; Go has no such limit, but a chunk for each octet would keep others waiting."""
# Octets that h11 gets at once of a body, and may keep of a line in it: its expression for a chunk's size takes
# quadratic time over blanks.
_PIECE = 512


class Http1:
    """The requests of one connection, one after the other: the next is read when the answer to the last is sent."""

    def __init__(self) -> None:
        self._input = bytearray()
        self._searched = 0
        self._output: list[bytes] = []
        self._request: Request | None = None  # whose body is being read over, or whose answer is being made
        self._busy = self.ended = False
        self._begin()

    def _begin(self) -> None:
        """Wait for a request. h11 begins anew with each, for it keeps no connection of HTTP/1.0, which Go does."""
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=_PIECE)
        self._request = None
        self._version = "1.1"
        self._keep, self._bodiless = True, False
        self._body = self._pieces = 0

    @property
    def held(self) -> int:
        """Octets that are kept of requests that are not whole, or wait."""
        return len(self._input)

    @property
    def idle(self) -> bool:
        """Whether nothing of a further request has come, and no answer is owed."""
        return self._request is None and not self._input

    def receive(self, data: bytes, /) -> tuple[Request, ...]:
        """Read on; a request, when it is whole and no other is under way."""
        if self.ended:
            return ()
        self._input += data
        if self._busy:
            return ()
        try:
            if self._request is None and not self._read_head():
                return ()
        except BadRequest as error:
            self._refuse(error)
            return ()
        if self._keep and not self._pass_body():
            return ()
        self._busy = True
        return (self._request,) if self._request is not None else ()

    def _read_head(self) -> bool:
        end = find_head(self._input, self._searched)
        self._searched = len(self._input) if not end else 0
        if not end:
            return False
        head = bytes(self._input[:end])
        del self._input[:end]
        self._h11.receive_data(head)
        try:
            event = self._h11.next_event()
        except h11.RemoteProtocolError as error:
            raise explain(head, error.error_status_hint, str(error)) from None
        if not isinstance(event, h11.Request):
            raise BadRequest(400)
        self._request = self._accept(event)
        return True

    def _accept(self, event: h11.Request) -> Request:
        self._bodiless = event.method == b"HEAD"
        method, target, version = event.method.decode(), event.target.decode(), event.http_version.decode()
        fields = gather_fields(event.headers)
        check_request(method, target, version, fields)
        request = Request(method, *split_target(method, target), fields)
        self._version = version
        tokens = {token.strip().lower() for value in fields.get("connection", ()) for token in value.split(",")}
        if version == "1.0":
            # A length in chunks, of a client that cannot know them, is not to be trusted (RFC 9112, 6.1).
            self._keep = "keep-alive" in tokens and "transfer-encoding" not in fields
        else:
            # Who waits to be told to send the body is not told: nobody wants it.
            self._keep = "close" not in tokens and not self._h11.they_are_waiting_for_100_continue
        if int(request.field("content-length") or 0) > MAX_BODY:
            self._keep = False
        return request

    def _pass_body(self) -> bool:
        """Read over the body, of which nobody wants to know; whether that is done.

        What is too long, or no body at all, is left: as in Go the request is answered, and the connection closed.
        """
        try:
            while not isinstance(event := self._h11.next_event(), h11.EndOfMessage):
                if isinstance(event, h11.Data):
                    self._body += len(event.data)
                    self._pieces += event.chunk_start
                    self._keep = self._body <= MAX_BODY and self._pieces <= MAX_PIECES
                    if not self._keep:
                        return True
                elif not self._input:
                    return False
                else:
                    self._h11.receive_data(bytes(self._input[:_PIECE]))
                    del self._input[:_PIECE]
        except h11.RemoteProtocolError:
            self._keep = False
            return True
        self._input[:0] = self._h11.trailing_data[0]
        return True

    def answer(self, request: Request, answer: Answer, /) -> None:
        """Answer the request that is under way."""
        assert request is self._request
        keep = self._keep and not answer.last
        fields = answer.fields if keep else (*answer.fields, ("Connection", "close"))
        self._write(answer, fields, reason(answer.status))
        if self._version == "1.0":
            self._output[0] = _as_of_1_0(self._output[0], keep=keep)
        self._busy = False
        if keep:
            self._begin()
        else:
            self._end()

    def _refuse(self, error: BadRequest) -> None:
        answer = Answer(error.status, error.body)
        self._write(answer, (("Connection", "close"),), error.reason)
        self._end()

    def _write(self, answer: Answer, fields: Fields, why: str) -> None:
        body = answer.octets
        headers = [("Content-Type", answer.content), ("Content-Length", str(len(body))), *fields]
        send, output = self._h11.send, self._output
        output.append(
            send(
                h11.Response(
                    status_code=answer.status,
                    reason=why.encode(),
                    headers=[(name.encode(), _fold(value)) for name, value in headers],
                )
            )
        )
        if body and not self._bodiless:
            output.append(send(h11.Data(data=body)))
        output.append(send(h11.EndOfMessage()))

    def _end(self) -> None:
        self.ended = True
        self._request = None
        self._input.clear()

    def take(self) -> bytes:
        """What is to be sent now."""
        data = b"".join(self._output)
        self._output.clear()
        return data


def _fold(value: str) -> bytes:
    """A value on one line: h11 lets no other pass, Go makes it so."""
    return " ".join(value.split()).encode()


def _as_of_1_0(head: bytes, *, keep: bool) -> bytes:
    """A head as a client of HTTP/1.0 gets it from Go. h11 writes its own version, and closes each such connection."""
    stays = b"\r\nConnection: keep-alive\r\n" if keep else b"\r\n"
    return head.replace(b"HTTP/1.1", b"HTTP/1.0", 1).replace(b"\r\nConnection: close\r\n", stays, 1)
