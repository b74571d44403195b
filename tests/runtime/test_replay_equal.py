"""Replay changes nothing: random changes and queries, and three servers that must say the same.

One replays, one does not, and one is started anew for the query. The third is left out where an answer hangs on what
was asked before (`cache`). Each query is sent twice, so that there is something to replay, in random letters, with and
without EDNS, over UDP and TCP.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import dns.edns
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from corefile_runtime.chain.home import Home
from corefile_runtime.chain.reply import Outcome, Reply, Serve
from corefile_runtime.chain.site import Link, Site
from corefile_runtime.replay.eras import Sources
from corefile_runtime.replay.terms import Terms
from corefile_runtime.testing import PATIENCE, Running, Stub, Words, can_read, made_up
from corefile_runtime.testing.clock import CLOCK
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR, NXDOMAIN, TXT
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.replies import compose

LABELS = ("a", "b", "c", "www", "blocked", "made1", "made2", "old")
ZONES = ("example.org.", "sub.example.org.", "example.net.")
ODD_NAMES = ("localhost.", "1.0.0.127.in-addr.arpa.", "1.2.0.192.in-addr.arpa.", "version.bind.", ".")
TYPES = ("A", "A", "A", "AAAA", "TXT", "MX", "PTR", "ANY", "HINFO", "NS")
NSID = dns.edns.GenericOption(dns.edns.OptionType.NSID, b"")
COOKIE = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, b"12345678")
SEEDS = range(int(os.environ.get("REPLAY_SEEDS", "1")))
ROUNDS, POOL, SHARE = 30, 60, 25
"""Changes; the queries there are, so that each comes again when something has changed; how many of them in a round."""


UNLIKE = re.compile("^#|_seconds|conn_cache")


class Chain(NamedTuple):
    """A block's body. What it answers hangs on what was asked before (`caches`), or comes in any order (`mixes`)."""

    body: str
    caches: bool = False
    mixes: bool = False


STUB = "    forward . 127.0.0.1:{up}\n"
COUNTED = '    prometheus 127.0.0.1:0\n    errors\n    log . "[INFO] {name} {type} {rcode} {rsize} {>do} {>bufsize}"\n'
END = "    end\n"  # `whoami` tells the port of the client
HOSTS = "    hosts {dir}/hosts {\n        192.0.2.99 b.example.org\n        reload 1s\n        fallthrough\n    }\n"
TEMPLATE = (
    "    template IN TXT example.org {\n"
    '        match "^(?P<label>[a-c])[.]example[.]org[.]$"\n'
    '        answer "{{ .Name }} 60 IN TXT {{ .Group.label }}"\n        fallthrough\n    }\n'
)
REWRITE = (
    "    rewrite stop name exact old.example.org a.example.org answer auto\n"
    "    rewrite stop type ANY HINFO\n"
    "    rewrite ttl suffix example.net 17\n"
)
ACL = (
    "    acl blocked.example.org {\n        block type A\n        filter type TXT\n    }\n"
    "    acl example.net {\n        filter type AAAA net 127.0.0.0/8\n        allow net 192.0.2.0/24\n    }\n"
)

CHAINS = {
    "hosts": Chain(COUNTED + HOSTS + END),
    "all": Chain(
        COUNTED + ACL + REWRITE + TEMPLATE + HOSTS + "    metadata\n    nsid one\n    bufsize 1232\n    any\n"
        "    chaos one\n    local\n    minimal\n    header {\n        response set ra\n    }\n    made\n" + STUB
    ),
    "forward": Chain(COUNTED + "    metadata\n" + STUB),
    "cache": Chain(COUNTED + ACL + HOSTS + "    cache 20\n" + STUB, caches=True),
    "cache and rewrite": Chain(COUNTED + REWRITE + "    cache 7 {\n        servfail 3s\n    }\n" + STUB, caches=True),
    "cache and made": Chain(COUNTED + "    made\n    cache\n" + STUB, caches=True),
    "stale": Chain("    cache 5 {\n        serve_stale 1h\n    }\n" + STUB, caches=True),
    "round robin": Chain(COUNTED + "    loadbalance\n    cache 9\n" + HOSTS + STUB, caches=True, mixes=True),
    "weighted": Chain(
        "    loadbalance weighted {dir}/weights {\n        reload 1s\n    }\n" + HOSTS + "    made\n" + STUB, mixes=True
    ),
    "view": Chain("    view one {\n        expr type() == 'A' && name() endsWith 'org.'\n    }\n" + HOSTS + END),
    "made": Chain(COUNTED + "    made\n    local\n" + END),
    "trace": Chain("    trace zipkin 127.0.0.1:1 {\n        every 3\n    }\n" + HOSTS + END),
}


class Made:
    """A plugin whose state changes in parts: a text for each name, or none, and then it asks what is behind."""

    def __init__(self) -> None:
        self.texts: dict[bytes, int] = {}
        self._all: list[Sources[bytes]] = []

    def change(self, name: bytes, value: int) -> None:
        if value:
            self.texts[name] = value
        else:
            self.texts.pop(name, None)
        for sources in self._all:
            sources.drop(name)

    def prepare(self, _configs: tuple[Words, ...], _home: Home) -> Link:
        sources = Sources[bytes]()
        self._all.append(sources)

        def link(site: Site) -> Serve:
            def serve(query: Query) -> Outcome:
                if not query.name.startswith(b"\5made"):
                    return site.next(query)
                era, value = sources[query.name], self.texts.get(query.name)
                if value is None:
                    return site.pass_on(query, era)
                text = b"%d" % value
                answer = [Record(query.asked, TXT, 1, 60, bytes((len(text),)) + text)] if query.qtype == TXT else []
                return Reply(NOERROR, compose(query, NOERROR, answer), "", Terms(era, folds=True))

            return serve

        return link


def answer_nothing(_configs: tuple[Words, ...], _home: Home) -> Link:
    """For what nobody has, always the same."""
    return lambda _site: lambda query: Reply(NOERROR, compose(query, NXDOMAIN), "", Terms(folds=True))


class World:
    """What changes: two files, the answers of an upstream, a plugin's state, the time. And the servers in it."""

    def __init__(self, folder: Path, chain: Chain, seed: int, made: Made) -> None:
        self._folder = folder
        self._chain = chain
        self._made = made
        self._random = random.Random(seed)  # noqa: S311 - what comes shall come again
        self._written = 1_700_000_000
        self._answers: dict[str, list[str]] = {}
        for name in ("hosts", "weights"):
            self._write(name)
        for _ in range(20):
            self._change_upstream()
        self._pool = [self._make_query() for _ in range(POOL)]

    # -- servers

    @contextmanager
    def serve(self, *, replay: bool) -> Generator[Running]:
        body = self._chain.body.replace("{dir}", str(self._folder))
        server = Running(f".:0 {{\n    bind 127.0.0.1\n{body}}}\n", replay=replay)
        try:
            server.stub = Stub(server.loop, respond=self._respond)
            server.start()
            yield server
        finally:
            server.close()

    def _respond(self, query: dns.message.QueryMessage, over: str) -> dns.message.Message:
        """What the upstream has for a name in any letters, which owners repeat; now and then it fails."""
        del over
        reply = dns.message.make_response(query, recursion_available=True)
        asked = query.question[0]
        text = str(asked.name)
        found = self._answers.get(f"{text.lower()} {dns.rdatatype.to_text(asked.rdtype)}")
        if found is None:
            reply.set_rcode(dns.rcode.SERVFAIL if text.lower().startswith("c.") else dns.rcode.NXDOMAIN)
        for record in found or ():
            _, ttl, rclass, rtype, rest = record.split(None, 4)
            section = reply.authority if rtype == "SOA" else reply.answer
            section.append(dns.rrset.from_text(asked.name, int(ttl), rclass, rtype, rest))
        return reply

    # -- changes

    def change(self, servers: list[Running]) -> None:
        """Something changes, and every server has had the time to notice."""
        what = self._random.choice(("hosts", "hosts", "weights", "upstream", "made", "time"))
        if what in ("hosts", "weights"):
            self._write(what)
            CLOCK.now += 1.5
        elif what == "upstream":
            self._change_upstream()
        elif what == "made":
            name = dns.name.from_text(f"{self._random.choice(LABELS[5:7])}.{self._random.choice(ZONES)}")
            self._made.change(name.to_wire() or b"", self._random.randrange(3))
        else:
            CLOCK.now += self._random.choice((0.3, 1, 4, 11))
        for server in servers:
            settle(server)

    def _write(self, name: str) -> None:
        """Another text, and a time of its own: that is what tells a file that has changed."""
        lines: list[str] = []
        for _ in range(self._random.randrange(12)):
            host = f"{self._random.choice(LABELS)}.{self._random.choice(ZONES)}"
            address = f"192.0.2.{self._random.randrange(1, 4)}"
            lines += [f"{address} {host}"] if name == "hosts" else [host, f"{address} {self._random.randrange(1, 9)}"]
        path = self._folder / name
        path.write_text("\n".join(lines) + "\n")
        self._written += 1
        os.utime(path, (self._written, self._written))

    def _change_upstream(self) -> None:
        name = f"{self._random.choice(LABELS)}.{self._random.choice(ZONES)}"
        kinds = ("A", "192.0.2."), ("TXT", "text"), ("MX", "10 mail"), ("AAAA", "2001:db8::")
        rtype, data = self._random.choice(kinds)
        records = [
            f"{name} {self._random.choice((3, 30, 300))} IN {rtype} {data}{number + 1}{'.' * (rtype == 'MX')}"
            for number in range(self._random.randrange(4))
        ]
        if not records and self._random.random() < 0.5:
            self._answers.pop(f"{name} {rtype}", None)
        else:
            soa = f"{name} 5 IN SOA ns.example.org. root.example.org. 1 2 3 4 5"
            self._answers[f"{name} {rtype}"] = records or [soa]

    # -- queries

    def choose(self) -> list[tuple[bytes, bool]]:
        """Those of one round."""
        return self._random.sample(self._pool, SHARE)

    def _make_query(self) -> tuple[bytes, bool]:
        """A query, and whether it goes over TCP."""
        pick = self._random.choice
        name = f"{pick(LABELS)}.{pick(ZONES)}" if self._random.random() < 0.9 else pick(ODD_NAMES)
        if self._random.random() < 0.5:
            name = "".join(pick((letter, letter.upper())) for letter in name)
        query = dns.message.make_query(name, pick(TYPES), "CH" if "bind" in name.lower() else "IN", id=7)
        query.flags = pick((0, 0x100, 0x100, 0x120, 0x110))
        size = pick((None, None, 512, 1232, 4096))
        if size is not None:
            kinds: list[list[dns.edns.Option]] = [[], [], [NSID], [COOKIE]]
            query.use_edns(0, pick((0, 0, 0x8000)), size, options=pick(kinds))
        return query.to_wire(), self._random.random() < 0.25


def settle(server: Running) -> None:
    """What is due is done, threads too. The time stands still."""
    threads = server.engine.threads
    quiet = 0
    end = monotonic() + PATIENCE
    while quiet < 3:
        assert monotonic() < end
        busy = bool(vars(threads)["_busy"])
        quiet = 0 if server.loop.step(0.001 if busy else 0) or busy else quiet + 1


def exchange(server: Running, wire: bytes, *, tcp: bool) -> bytes | None:
    """The reply. While it is waited for the time stands still, for it is that of all servers."""
    client = server.connect(tcp=tcp)
    try:
        client.sendall(len(wire).to_bytes(2, "big") + wire if tcp else wire)
        end = monotonic() + PATIENCE
        while not can_read(client):
            assert monotonic() < end, "no reply"
            server.loop.step(0.001)
        data = client.recv(65535)
        return data[2:] if tcp else data
    finally:
        vars(server)["_clients"].remove(client)
        client.close()


def sort_records(wire: bytes | None) -> object:
    """A reply without the order of its records, and without what the order decides: the pointers of names."""
    if wire is None:
        return None
    message = dns.message.from_wire(wire)
    sections = [sorted(line for rrset in section for line in str(rrset).split("\n")) for section in message.sections]
    return wire[:12], sections, message.edns, message.payload, message.ednsflags


def count_entries(server: Running) -> int:
    """How many answers are kept."""
    instance = server.engine.instance
    assert instance is not None
    return sum(len(store.entries) for one in instance.servers.values() for store in one.stores.values())


def counts(server: Running) -> list[str]:
    """What has been counted, but for times and for what a server has of its own: sockets and ports."""
    lines = server.engine.metrics.render().replace(str(server.port), "PORT")
    if server.stub is not None:
        lines = lines.replace(str(server.stub.port), "UP")
    return sorted(line for line in lines.splitlines() if not UNLIKE.search(line))


@pytest.fixture(name="made")
def a_plugin_with_sources() -> Iterator[Made]:
    made = Made()
    with made_up("made", made.prepare, before="hosts"), made_up("end", answer_nothing):
        yield made


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("seed", SEEDS)
def test_replay_says_what_the_chain_says(tmp_path: Path, made: Made, name: str, seed: int) -> None:
    chain = CHAINS[name]
    world = World(tmp_path, chain, seed, made)
    with ExitStack() as stack:
        replaying = stack.enter_context(world.serve(replay=True))
        plain = stack.enter_context(world.serve(replay=False))
        entries = 0
        for number in range(ROUNDS):
            for server in (replaying, plain):
                settle(server)
            asked = world.choose()
            for wire, tcp in asked + asked:
                got = [exchange(server, wire, tcp=tcp) for server in (replaying, plain)]
                shown = [sort_records(one) if chain.mixes else one for one in got]
                assert shown[0] == shown[1], dns.message.from_wire(wire)
            if not chain.caches and number % 5 == 4:
                with world.serve(replay=True) as fresh:
                    settle(fresh)
                    for wire, tcp in asked:
                        got = [exchange(server, wire, tcp=tcp) for server in (replaying, plain, fresh)]
                        first, second, third = (sort_records(one) if chain.mixes else one for one in got)
                        assert first == second == third, dns.message.from_wire(wire)
            entries += count_entries(replaying)
            world.change([replaying, plain])
        assert entries or name == "forward"  # nobody vouches for an upstream's answer
        assert counts(replaying) == counts(plain)
        assert [line for line in replaying.output() if "trace" not in line] == [
            line for line in plain.output() if "trace" not in line
        ]
