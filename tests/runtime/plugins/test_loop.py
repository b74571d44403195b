"""loop: finds circles, also through others, and leaves everybody else alone."""

import dns.message
import pytest
from corefile_runtime.plugins import loop
from corefile_runtime.testing import Running, serve

ANSWERS = {"a.example.org. HINFO": ['a.example.org. 60 IN HINFO "a" "b"']}


def probe(server: Running) -> loop.Probe:
    instance = server.engine.instance
    assert instance is not None
    owners = [getattr(hook, "__self__", None) for _, hook in instance.services.on_start]
    (found,) = (owner for owner in owners if isinstance(owner, loop.Probe))
    return found


def ended(server: Running) -> bool:
    return server.engine.status == 1


def test_a_circle_ends_the_process() -> None:
    # The stub sends everything back to the server, as a resolver does that has it as its upstream.
    def back(query: dns.message.QueryMessage, over: str) -> bytes | None:
        del over
        circle.append(server.port)
        with server.connect() as client:
            client.send(query.to_wire())
        return None

    circle: list[int] = []
    with serve("    loop\n    forward . 127.0.0.1:{up}", respond=back) as server:
        server.wait(lambda: ended(server))
        (line,) = [line for line in server.output() if "FATAL" in line]
        assert line.startswith("[FATAL] plugin/loop: Loop (127.0.0.1:")
        assert ' -> 127.0.0.1:0) detected for zone ".", see ' in line
        assert 'Query: "HINFO ' in line
        assert len(circle) == 2


def test_without_a_circle_it_ends_its_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "QUIET", 0.01)
    with serve("    loop\n    forward . 127.0.0.1:{up}", answers=ANSWERS) as server:
        server.wait(lambda: not probe(server).active)
        assert not ended(server)
        assert server.stub is not None
        assert [str(query.question[0].name).count(".") for query, _ in server.stub.seen] == [2]
        assert server.answers("a.example.org. HINFO") == ["NOERROR", 'a.example.org. 60 IN HINFO "a" "b"']
        assert server.answers("a.example.org. A") == ["NXDOMAIN"]


def test_without_a_reply_it_asks_again_and_forgets_what_it_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "PATIENCE", 0.01)
    monkeypatch.setattr(loop, "PAUSE", 0.01)
    monkeypatch.setattr(loop, "TRIES", 0.2)
    with serve("    loop\n    forward . 127.0.0.1:{up}", respond=lambda _query, _over: None) as server:
        server.wait(lambda: not probe(server).active)
        assert not ended(server)
        assert server.stub is not None
        assert len(server.stub.seen) > 3


def test_the_name_is_below_the_first_zone() -> None:
    text = "example.org:0 example.net:0 {\n    bind 127.0.0.1\n    loop\n    whoami\n}\n"
    with serve(text, whole=True) as server:
        name = probe(server).name
        assert name.endswith(b"\7example\3org\0")
        assert name != b"\7example\3org\0"


def test_a_reload_ends_the_watch() -> None:
    with serve("    loop\n    whoami") as server:
        first = probe(server)
        server.engine.reload_now()
        assert not first.active
        assert probe(server).active


def test_an_answer_to_another_question_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "QUIET", 0.01)
    with serve("    loop\n    errors\n    whoami") as server:
        found = probe(server)
        found._read(b"\0\0")  # pyright: ignore[reportPrivateUsage]
        server.wait(lambda: not found.active)
