"""cancel: nobody is asked again once the time is over."""

import dns.message
import dns.rcode
import pytest
from corefile_runtime.testing import serve


def silent(_query: dns.message.QueryMessage, _over: str) -> None:
    """An upstream that never answers."""


@pytest.mark.parametrize(("timeout", "asked"), [("10ms", 1), ("5s", 2)])
def test_the_next_attempt_is_not_made(timeout: str, asked: int) -> None:
    upstream = "    forward . 127.0.0.1:{up} {\n        read_timeout 50ms\n        max_fails 0\n    }"
    body = f"    cancel {timeout}\n{upstream}"
    with serve(body, respond=silent) as server:
        assert server.ask("a.example.org. A").rcode() == dns.rcode.SERVFAIL
        assert server.stub is not None
        assert len(server.stub.seen) == asked


def test_answers_in_time_are_as_they_were() -> None:
    with serve("    cancel\n    whoami") as server:
        assert server.ask("a.example.org. A").rcode() == dns.rcode.NOERROR
