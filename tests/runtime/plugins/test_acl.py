"""acl: actions by address and type, and that a kept answer reaches no client that must not have it."""

import socket
from typing import cast

import dns.edns
import dns.message
import dns.rcode
import pytest
from corefile_runtime.testing import PATIENCE, Running, can_read, serve

HOSTS = "    hosts /dev/null {\n        192.0.2.1 a.example.org\n        2001:db8::1 a.example.org\n    }\n"


def ask_from(
    server: Running, host: str, question: str, *, tcp: bool = False, drops: bool = False
) -> dns.message.Message | None:
    """Ask from another address of the loopback network; None when nothing comes from a server that drops."""
    name, rtype = question.split()
    wire = dns.message.make_query(name, rtype).to_wire()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as client:
        client.bind((host, 0))
        client.connect(("127.0.0.1", server.port))
        client.sendall(len(wire).to_bytes(2, "big") + wire if tcp else wire)
        try:
            server.wait(lambda: can_read(client), 0.1 if drops else PATIENCE)
        except TimeoutError:
            assert drops
            return None
        return dns.message.from_wire(client.recv(65535)[2 if tcp else 0 :])


def outcome(reply: dns.message.Message | None) -> str:
    """`drop`, or the rcode with the number of answers and the extended error."""
    if reply is None:
        return "drop"
    options = cast("list[object]", reply.options)  # pyright: ignore[reportUnknownMemberType]
    errors = [int(one.code) for one in options if isinstance(one, dns.edns.EDEOption)]
    return " ".join([dns.rcode.to_text(reply.rcode()), str(len(reply.answer)), *map(str, errors)])


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("policies", "host", "question", "expected"),
    [
        (["block net 127.0.0.2"], "127.0.0.2", "a.example.org. A", "REFUSED 0 15"),
        (["block net 127.0.0.2"], "127.0.0.3", "a.example.org. A", "NOERROR 1"),
        (["allow net 127.0.0.0/30", "block"], "127.0.0.3", "a.example.org. A", "NOERROR 1"),
        (["allow net 127.0.0.0/30", "block"], "127.0.0.4", "a.example.org. A", "REFUSED 0 15"),
        (["filter type AAAA"], "127.0.0.2", "a.example.org. AAAA", "NOERROR 0 17"),
        (["filter type AAAA"], "127.0.0.2", "a.example.org. A", "NOERROR 1"),
        (["filter type * net *"], "127.0.0.2", "a.example.org. A", "NOERROR 0 17"),
        (["drop type A net 127.0.0.2"], "127.0.0.2", "a.example.org. A", "drop"),
        (["drop type A net 127.0.0.2"], "127.0.0.2", "a.example.org. AAAA", "NOERROR 1"),
        (["block net ::/0"], "127.0.0.2", "a.example.org. A", "NOERROR 1"),
        (["ALLOW net 127.0.0.2", "block net 0.0.0.0/0"], "127.0.0.2", "a.example.org. A", "NOERROR 1"),
    ],
)
def test_the_first_policy_that_fits_decides(
    policies: list[str], host: str, question: str, expected: str, replay: bool
) -> None:
    lines = "".join(f"        {policy}\n" for policy in policies)
    with serve(f"    acl {{\n{lines}    }}\n{HOSTS}", replay=replay) as server:
        for tcp in (False, False, True, True):
            reply = ask_from(server, host, question, tcp=tcp, drops=expected == "drop")
            assert outcome(reply) == expected


@pytest.mark.parametrize("tcp", [False, True])
def test_a_kept_answer_is_for_clients_of_its_class(tcp: bool) -> None:
    with serve(f"    acl {{\n        block net 127.0.0.2 127.0.0.16/28\n    }}\n{HOSTS}") as server:
        for _ in range(2):
            for last in (1, 2, 3, 16, 31, 32, 2):
                reply = ask_from(server, f"127.0.0.{last}", "a.example.org. A", tcp=tcp)
                assert outcome(reply) == ("REFUSED 0 15" if last in (2, 16, 31) else "NOERROR 1")


def test_rules_for_zones_are_looked_at_one_after_the_other() -> None:
    rules = (
        "    acl sub.example.org {\n        filter net 127.0.0.2\n    }\n"
        "    acl example.org {\n        allow type A\n    }\n"
        "    acl {\n        block\n    }\n"
    )
    with serve(rules + HOSTS) as server:
        assert outcome(ask_from(server, "127.0.0.2", "a.sub.example.org. A")) == "NOERROR 0 17"
        assert outcome(ask_from(server, "127.0.0.2", "a.example.org. A")) == "NOERROR 1"
        assert outcome(ask_from(server, "127.0.0.2", "a.example.org. AAAA")) == "REFUSED 0 15"
        assert outcome(ask_from(server, "127.0.0.2", "a.example.net. A")) == "REFUSED 0 15"


@pytest.mark.parametrize("replay", [True, False])
def test_counters(replay: bool) -> None:
    policies = "block net 127.0.0.2\n        filter net 127.0.0.3\n        drop net 127.0.0.4"
    with serve(f"    acl example.org {{\n        {policies}\n    }}\n{HOSTS}", replay=replay) as server:
        place = 'server="dns://127.0.0.1:0",view=""'
        names = ("blocked", "filtered", "dropped", "allowed")
        assert [server.metric(f"coredns_acl_{name}_requests_total{{{place}}}") for name in names] == [None] * 4
        for last in (1, 1, 2, 2, 2, 3, 3, 3, 3, 4):
            ask_from(server, f"127.0.0.{last}", "a.example.org. A", drops=last == 4)
        for name, count in zip(names, (3, 4, 1, 2), strict=True):
            labels = place if name == "allowed" else f'{place},zone="example.org."'
            assert server.metric(f"coredns_acl_{name}_requests_total{{{labels}}}") == count


def test_what_must_wait_is_counted_too() -> None:
    config = "    acl {\n        allow net 127.0.0.0/8\n    }\n    forward . 127.0.0.1:{up}"
    with serve(config, answers={"a.example.org. A": ["a.example.org. 60 IN A 192.0.2.1"]}) as server:
        assert outcome(ask_from(server, "127.0.0.2", "a.example.org. A")) == "NOERROR 1"
        assert server.metric('coredns_acl_allowed_requests_total{server="dns://127.0.0.1:0",view=""}') == 1


def test_only_so_many_clients_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.plugins.acl.REMEMBERED", 2)
    with serve(f"    acl {{\n        block net 127.0.0.2\n    }}\n{HOSTS}", replay=False) as server:
        for last in (1, 2, 3, 4, 5, 2):
            reply = ask_from(server, f"127.0.0.{last}", "a.example.org. A")
            assert outcome(reply) == ("REFUSED 0 15" if last == 2 else "NOERROR 1")


@pytest.mark.parametrize("zones", ['""', "a..b", "example.net a..b"])
def test_a_rule_for_no_name_fits_nothing(zones: str) -> None:
    with serve(f"    acl {zones} {{\n        block\n    }}\n{HOSTS}") as server:
        assert outcome(ask_from(server, "127.0.0.2", "a.example.org. A")) == "NOERROR 1"


def test_a_kept_refusal_is_for_the_name_in_any_letters() -> None:
    with serve(f"    acl {{\n        block\n    }}\n{HOSTS}") as server:
        for name in ("A.example.org.", "a.EXAMPLE.org.", "a.example.ORG."):
            reply = server.ask(f"{name} A")
            assert outcome(reply) == "REFUSED 0 15"
            assert str(reply.question[0].name) == name
        labels = 'server="dns://127.0.0.1:0",view="",zone="."'
        assert server.metric(f"coredns_acl_blocked_requests_total{{{labels}}}") == 3
        assert server.engine.instance is not None
        (only,) = server.engine.instance.servers.values()
        assert len(only.stores["udp"].entries) == 1
