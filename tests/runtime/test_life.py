"""What lives longer than one query: state and the answers that hang on it, start, reload, and the end.

Each test is named after a fault that one of six plugins met when they were first written (zone files, transfers,
signatures, search paths, a watched API, synthesised addresses).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Protocol, runtime_checkable

import dns.message
import pytest
from corefile_runtime.chain import external as handlers
from corefile_runtime.chain.handler import Handler, every, one
from corefile_runtime.chain.home import Home
from corefile_runtime.chain.inner_query import Circular, Dropped, Followed, follow
from corefile_runtime.chain.reply import Outcome, Pending, Reply, Serve, Stream
from corefile_runtime.chain.services import Done
from corefile_runtime.chain.site import Link, Site
from corefile_runtime.plugins import chaos
from corefile_runtime.replay.eras import Source, Sources
from corefile_runtime.replay.terms import Terms
from corefile_runtime.testing import PATIENCE, Running, serve
from corefile_runtime.testing.plugins import Words, made_up
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import CNAME, NOERROR, SERVFAIL, A
from corefile_runtime.wire.records import Record, read_sections
from corefile_runtime.wire.replies import compose, head

from corefile.plugins.chaos import Chaos
from corefile.plugins.dns64 import Dns64

ADDRESS = bytes((192, 0, 2, 1))


def answer(query: Query, *eras: object, address: bytes = ADDRESS) -> Reply:
    record = Record(query.asked, A, 1, 60, address)
    terms = Terms(*eras, folds=True)  # type: ignore[arg-type]
    return Reply(NOERROR, compose(query, NOERROR, [record]), "", terms)


class Counted:
    """A plugin that answers from one piece of state, and counts how often it is asked."""

    def __init__(self) -> None:
        self.source = Source()
        self.asked = 0
        self.last = 1

    def prepare(self, _configs: tuple[Words, ...], _home: Home) -> Link:
        return lambda _site: self.serve

    def serve(self, query: Query) -> Outcome:
        self.asked += 1
        return answer(query, self.source.era, address=bytes((192, 0, 2, self.last)))

    def change(self) -> None:
        self.last += 1
        self.source.drop()


# -- answers know the state they hang on


def test_an_answer_hangs_on_what_had_nothing(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("")
    behind = Counted()
    with (
        made_up("mine", behind.prepare),
        serve(f"hosts {path} {{\n    reload 200ms\n    fallthrough\n}}\nmine") as server,
    ):
        for _ in range(3):
            assert server.answers("www.example.org. A")[1].endswith("192.0.2.1")
        assert behind.asked == 1
        path.write_text("192.0.2.99 www.example.org\n")
        server.wait(lambda: server.metric(f'coredns_hosts_entries{{hostsfile="{path}"}}') == 2)
        assert server.answers("www.example.org. A")[1].endswith("192.0.2.99")


def test_an_answer_is_not_kept_when_its_state_changes_while_it_is_made() -> None:
    source, waiting = Source(), list[tuple[Pending, Reply]]()
    state = [1]

    def ask(query: Query) -> Outcome:
        reply, pending = answer(query, source.era, address=bytes((192, 0, 2, state[0]))), Pending()
        waiting.append((pending, reply))
        return pending

    def tell() -> None:
        pending, reply = waiting.pop()
        pending.resolve(reply)

    with made_up("mine", lambda _configs, _home: lambda _site: ask), serve("mine") as server:
        client = server.connect()
        client.send(dns.message.make_query("a.example.org.", "A").to_wire())
        server.wait(lambda: waiting)
        state[0] = 2
        source.drop()
        tell()
        server.turn()
        client.send(dns.message.make_query("a.example.org.", "A").to_wire())
        server.wait(lambda: waiting)  # it is asked again, and not replayed
        assert read_sections(waiting[0][1].wire or b"", 12 + 15 + 4).answer[0].rdata[-1] == 2
        tell()


def leading(configs: tuple[Words, ...], _home: Home) -> Link:
    """Answers with a CNAME to the name that is configured, and what is behind it."""
    start, target = (parse_name(word) for word in configs[0].words)

    def link(site: Site) -> Serve:
        def ask(query: Query) -> Outcome:
            if query.name != start:
                return site.next(query)
            alias = Record(query.asked, CNAME, 1, 60, target)

            def done(followed: Followed) -> Reply:
                rcode = SERVFAIL if followed.circular else NOERROR
                return followed.join(Reply(NOERROR, compose(query, rcode, [alias, *followed.records]), "", Terms()))

            return follow(site.ask, query, [alias], done)

        return ask

    return link


@pytest.mark.parametrize("replay", [True, False])
def test_answers_of_two_plugins_join(replay: bool) -> None:
    behind = Counted()
    with (
        made_up("lead", leading),
        made_up("mine", behind.prepare),
        serve("lead a.example.org. b.example.org.\nmine", replay=replay) as server,
    ):
        for _ in range(3):
            found = server.answers("a.example.org. A")
            assert found == [
                "NOERROR", "a.example.org. 60 IN CNAME b.example.org.", "b.example.org. 60 IN A 192.0.2.1",
            ]  # fmt: skip
        assert behind.asked == (1 if replay else 3)
        behind.change()
        assert server.answers("a.example.org. A")[2].endswith("192.0.2.2")


def test_names_that_lead_in_a_circle_and_no_reply_are_two_things() -> None:
    seen: list[type[Reply]] = []

    def nosy(_configs: tuple[Words, ...], _home: Home) -> Link:
        """`a` leads to itself, `b` to a name that is dropped."""
        targets = {
            parse_name(f"{one}.example.org."): parse_name(f"{other}.example.org.") for one, other in ("aa", "bc")
        }

        def link(site: Site) -> Serve:
            def ask(query: Query) -> Outcome:
                target = targets.get(query.name)
                if target is None:
                    return Reply(NOERROR)
                inner = site.ask(query, target, A)
                assert isinstance(inner, Reply)
                seen.append(type(inner))
                return site.next(query)

            return ask

        return link

    with made_up("nosy", nosy), serve("nosy\nwhoami") as server:
        assert server.answers("a.example.org. A") == ["NOERROR"]
        assert seen[0] is Circular
        assert set(seen[1:]) == {Reply}
        seen.clear()
        assert server.answers("b.example.org. A") == ["NOERROR"]
        assert seen == [Dropped]


def test_state_that_changes_in_parts_keeps_the_other_answers() -> None:
    sources: Sources[bytes] = Sources()
    asked: list[bytes] = []

    def ask(query: Query) -> Outcome:
        asked.append(query.name)
        return answer(query, sources[query.name])

    with made_up("mine", lambda _configs, _home: lambda _site: ask), serve("mine") as server:
        names = [f"n{number}.example.org." for number in range(20)]
        for name in names * 2:
            server.answers(f"{name} A")
        assert len(asked) == 20
        sources.drop(parse_name(names[3]))
        for name in names:
            server.answers(f"{name} A")
        assert asked[20:] == [parse_name(names[3])]
        assert len(sources) == 20
    assert len(sources) == 0  # nothing hangs on any of them


def test_letters_of_a_name_make_no_other_answer() -> None:
    behind = Counted()
    with made_up("mine", behind.prepare), serve("mine") as server:
        for name in (
            "www.example.org.",
            "WWW.example.org.",
            "wWw.EXAMPLE.org.",
            "www.Example.ORG.",
            "www.example.org.",
        ):
            reply = server.ask(f"{name} A")
            assert str(reply.question[0].name) == name
            assert str(reply.answer[0].name) == name  # the owner points to the question
        assert behind.asked == 2  # once for lower case, once for all others


# -- a configuration is prepared, gets ready, and takes over


class Noted:
    """A resource that tells when it is closed."""

    def __init__(self, close: Callable[[], object]) -> None:
        self.close = close


class Gate:
    """A plugin that is ready when it is told, and notes what happens to it."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.waiting: dict[str, Done] = {}

    def prepare(self, configs: tuple[Words, ...], home: Home) -> Link:
        word = configs[0].words[0]
        self.noted.append(f"prepare {word}")

        home.own(Noted(lambda: self.noted.append(f"close {word}")))
        home.every(1, lambda: self.noted.append(f"tick {word}"))
        home.on_start(lambda: self.noted.append(f"start {word}"))
        home.on_stop(lambda: self.noted.append(f"stop {word}"))
        if word.startswith("slow"):
            home.on_ready(lambda done: self.waiting.__setitem__(word, done))
        if word == "patient":
            home.on_ready(lambda _done: None, seconds=3, late=None)
        return lambda site: site.next


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    with made_up("gate", made.prepare):
        yield made


def test_the_old_configuration_answers_while_the_new_one_waits(gate: Gate) -> None:
    with serve("gate old\nwhoami") as server:
        server.text = server.text.replace("old", "slow")
        server.engine.reload_soon()
        server.wait(lambda: gate.waiting)
        for tcp in (False, True):
            assert server.answers("a.example.org. A", tcp=tcp) == ["NOERROR"]
        assert "start slow" not in gate.noted
        gate.waiting["slow"](None)
        server.wait(lambda: "close old" in gate.noted)
        assert [note for note in gate.noted if not note.startswith("tick")] == [
            "prepare old", "start old", "prepare slow", "start slow", "stop old", "close old",
        ]  # fmt: skip


def test_what_is_not_ready_in_time_is_refused(gate: Gate) -> None:
    with serve("gate old\nwhoami") as server:
        server.text = server.text.replace("old", "slow")
        server.engine.reload_soon()
        server.wait(lambda: any("not ready in time" in line for line in server.output()))
        assert "[ERROR] Restart failed: Corefile:3: plugin/gate: is not ready in time (10 s)" in server.output()
        assert "close slow" in gate.noted
        assert server.metric("corefile_config_last_reload_successful") == 0
        gate.waiting["slow"](None)  # too late: nothing happens
        server.turn()
        assert "start slow" not in gate.noted
        assert server.answers("a.example.org. A") == ["NOERROR"]


def test_a_plugin_may_serve_without_being_ready(gate: Gate) -> None:
    with serve("gate old\nwhoami") as server:
        server.text = server.text.replace("old", "patient")
        server.engine.reload_soon()
        server.wait(lambda: "start patient" in gate.noted)
        assert "[INFO] Reloading complete" in server.output()


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def live_timers(server: Running) -> int:
    return sum(timer.call is not None for _, _, timer in server.loop._timers)  # pyright: ignore[reportPrivateUsage]


BREAKS: dict[str, str] = {
    "a plugin refuses": "broken refuse",
    "a plugin raises": "broken prepare",
    "a chain cannot be linked": "broken link",
    "a wait cannot begin": "broken begin",
    "a wait refuses": "broken wait",
    "an endpoint cannot listen": "health 192.0.2.9:1",
    "an endpoint is none": "health :80800",
}


def broken(configs: tuple[Words, ...], home: Home) -> Link:
    """Fails at the step that is configured."""
    how = configs[0].words[0]

    def fail(*_: object) -> Serve:
        raise KeyError(how)

    if how == "refuse":
        raise home.refuse("no")
    if how == "prepare":
        fail()
    if how == "begin":
        home.on_ready(fail)
    if how == "wait":
        home.on_ready(lambda done: home.in_thread(lambda: 1, lambda _one: done(home.refuse("no"))))
    return fail if how == "link" else lambda site: site.next


@pytest.mark.parametrize("line", BREAKS.values(), ids=BREAKS.keys())
def test_a_failed_reload_leaves_nothing_behind(gate: Gate, line: str) -> None:
    with made_up("broken", broken), serve("gate old\nwhoami") as server:
        good = server.text
        server.text = good.replace("whoami", f"hosts {{\n    reload 1s\n}}\n{line}\nwhoami").replace("old", "new")
        server.engine.reload_now()
        server.run(0.2)  # what is opened once for all stays: a thread, the metrics
        before = open_files(), live_timers(server), threading.active_count(), len(server.engine.shared)
        for _ in range(5):
            server.engine.reload_now()
            server.run(0.2)
        assert (open_files(), live_timers(server), threading.active_count(), len(server.engine.shared)) == before
        assert sum("Restart failed" in text for text in server.output()) == 6
        assert gate.noted.count("close new") == gate.noted.count("prepare new") == 6
        assert "start new" not in gate.noted
        server.text = good.replace("old", "good")
        server.engine.reload_now()
        assert server.output()[-1] == "[INFO] Reloading complete"
        assert server.answers("a.example.org. A") == ["NOERROR"]


def test_the_first_start_may_fail_in_the_same_ways() -> None:
    for line in BREAKS.values():
        before = open_files()
        with (
            made_up("broken", broken),
            pytest.raises((Exception,), match=r"Corefile:\d+: plugin/"),
            serve(line + "\nwhoami"),
        ):
            pass
        assert open_files() <= before + 1  # the null device of the log


def test_built_in_plugins_are_guarded_as_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_config: Chaos, _home: Home) -> Link:
        raise RuntimeError("odd")

    with serve("whoami") as server:
        monkeypatch.setattr(chaos, "HANDLER", Handler(one(Chaos, fail)))
        server.text = server.text.replace("whoami", "chaos\nwhoami")
        server.engine.reload_now()
        assert (
            "[ERROR] Restart failed: Corefile:3: plugin/chaos: cannot be set up: RuntimeError: odd" in server.output()
        )
        assert server.answers("a.example.org. A") == ["NOERROR"]


def test_a_start_that_fails_is_reported_and_the_others_start(gate: Gate) -> None:
    def prepare(_configs: tuple[Words, ...], home: Home) -> None:
        def fail() -> None:
            raise KeyError("odd")

        home.on_start(fail)
        home.on_stop(fail)

    with made_up("odd", prepare, before="chaos"), serve("gate old\nwhoami") as server:
        server.text = server.text.replace("gate old", "odd\ngate new")
        server.engine.reload_now()
        assert "start new" in gate.noted
        assert any("Recovered from KeyError: 'odd'" in line for line in server.output())
        assert server.output()[-1] == "[INFO] Reloading complete"
        server.text = server.text.replace("odd\n", "")
        server.engine.reload_now()
        assert "stop new" in gate.noted


def test_the_old_configuration_stays_until_its_last_query_is_answered(gate: Gate) -> None:
    waiting: list[Pending] = []

    def prepare(_configs: tuple[Words, ...], _home: Home) -> Link:
        def ask(query: Query) -> Outcome:
            waiting.append(Pending())
            return waiting[-1].then(lambda _reply: answer(query))

        return lambda _site: ask

    with made_up("late", prepare), serve("gate old\nlate") as server:
        client = server.connect()
        client.send(dns.message.make_query("a.example.org.", "A").to_wire())
        server.wait(lambda: waiting)
        server.text = server.text.replace("late", "whoami").replace("old", "new")
        server.engine.reload_now()
        server.run(2)
        assert "stop old" in gate.noted
        assert "close old" not in gate.noted
        waiting[0].resolve(Reply(NOERROR))
        server.wait(lambda: "close old" in gate.noted)
        assert dns.message.from_wire(client.recv(512)).answer


# -- what plugins give one another, and threads


@runtime_checkable
class SearchPath(Protocol):
    def search(self, name: str) -> list[str]: ...


class Path64:
    def search(self, name: str) -> list[str]:
        return [name + "example.org."]


def test_plugins_find_what_others_offer_whoever_comes_first() -> None:
    found: list[list[str]] = []

    def offers(configs: tuple[Words, ...], home: Home) -> Link:
        home.offer(Path64(), name=configs[0].words[0])
        return lambda site: site.next

    def asks(_configs: tuple[Words, ...], home: Home) -> Link:
        assert home.find(SearchPath) == []  # what stands behind it is not made yet

        def link(site: Site) -> Serve:
            found.append(home.find_one(SearchPath).search("a."))
            assert home.find(SearchPath, name="no") == []
            return site.next

        return link

    with made_up("asks", asks, before="any"), made_up("offers", offers), serve("asks\noffers yes\nwhoami") as server:
        assert server.answers("a.example.org. A") == ["NOERROR"]
    assert found == [["a.example.org."]]


def test_what_nobody_offers_is_a_refusal() -> None:
    def asks(_configs: tuple[Words, ...], home: Home) -> Link:
        def link(site: Site) -> Serve:
            home.find_one(SearchPath)
            return site.next

        return link

    with made_up("asks", asks), pytest.raises(Exception, match="nothing here offers SearchPath"), serve("asks\nwhoami"):
        pass


def test_threads_tell_the_loop_and_nobody_who_is_gone() -> None:
    released, told = threading.Event(), list[str]()
    homes: list[Home] = []

    def prepare(configs: tuple[Words, ...], home: Home) -> None:
        homes.append(home)
        if configs[0].words[0] == "old":
            home.on_start(lambda: home.in_thread(released.wait, lambda _outcome: told.append("old")))

    with made_up("mine", prepare), serve("mine old\nwhoami") as server:
        server.text = server.text.replace("old", "new")
        server.engine.reload_now()
        server.turn()
        released.set()
        for home, word in zip(homes, ("old", "new"), strict=True):
            thread = threading.Thread(target=home.post, args=(lambda word=word: told.append(f"post {word}"),))
            thread.start()
            thread.join()
        server.wait(lambda: told)
        server.run(0.1)
        assert told == ["post new"]


# -- replies of several messages, and the last word on their bytes


def many(count: int, size: int) -> Callable[[tuple[Words, ...], Home], Link]:
    def ask(query: Query) -> Outcome:
        record = Record(query.asked, 16, 1, 60, bytes((size - 1,)) + b"x" * (size - 1))
        wire = compose(query, NOERROR, [record])
        return Stream(NOERROR, wire, (wire for _ in range(count - 1)))

    return lambda _configs, _home: lambda _site: ask


def test_a_reply_of_many_messages_reaches_a_client_that_reads_slowly() -> None:
    count = 20_000
    with (
        made_up("many", many(count, 200)),
        serve("b.example.org:0 {\n    bind 127.0.0.1\n    many\n}\n", whole=True) as server,
    ):
        client = server.connect(tcp=True)
        query = dns.message.make_query("b.example.org.", "AXFR").to_wire()
        client.sendall(len(query).to_bytes(2, "big") + query)
        client.setblocking(False)
        got, asked = bytearray(), 0
        size = 2 + len(query) + 200 + 12
        end = monotonic() + PATIENCE
        while len(got) < count * size:
            assert monotonic() < end
            server.turn(0.001)
            try:
                got += client.recv(65536)
            except BlockingIOError:
                continue
            if len(got) > (asked + 1) * 1_000_000:
                asked += 1
                assert server.exchange(dns.message.make_query("b.example.org.", "A").to_wire()) is not None
        assert len(got) == count * size


class Signed:
    """Puts eight octets behind each message."""

    reserve = 8

    def __call__(self, wire: bytes) -> bytes:
        return wire + b"\0signed\0"


@pytest.mark.parametrize("size", [20, 250])
def test_a_seal_has_the_last_word_and_its_room(size: int) -> None:
    asked: list[Query] = []

    def prepare(_configs: tuple[Words, ...], _home: Home) -> Link:
        def ask(query: Query) -> Outcome:
            asked.append(query)
            query.seal = Signed()
            record = Record(query.asked, 16, 1, 60, bytes((size - 1,)) + b"x" * (size - 1))
            return Reply(NOERROR, compose(query, NOERROR, [record] * 2), "", Terms(folds=True))

        return lambda _site: ask

    with made_up("seal", prepare), serve("seal") as server:
        wire = dns.message.make_query("a.example.org.", "TXT").to_wire()
        for _ in range(2):
            reply = server.exchange(wire)
            assert reply is not None
            assert reply.endswith(b"\0signed\0")
            assert len(reply) <= 512
            assert bool(reply[2] & 2) == (size == 250)  # two of them and the seal do not fit
        assert len(asked) == 2  # what is sealed is not replayed


def test_a_package_may_serve_a_built_in_word_that_has_no_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(_configs: tuple[Dns64, ...], _home: Home) -> Link:
        return lambda _site: lambda query: Reply(NOERROR, head(query, NOERROR, 4, bytes(6)))

    monkeypatch.setitem(vars(handlers)["_found"], "dns64", Handler(every(Dns64, prepare)))
    with serve("dns64") as server:
        assert server.answers("a.example.org. AAAA") == ["NOERROR"]
