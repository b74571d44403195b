"""Classes of clients: who may get the answer that another client got."""

from ipaddress import ip_address, ip_network

import pytest
from corefile_runtime.replay.client_classes import ClientClasses

NETWORKS = ["192.0.2.0/24", "192.0.2.128/25", "192.0.2.5/32", "0.0.0.0/0", "::/0", "2001:db8::/32", "2001:db8::/48"]


def packed(address: str) -> bytes:
    return ip_address(address).packed


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", True),
        ("192.0.2.1", "192.0.2.5", False),
        ("192.0.2.1", "192.0.2.129", False),
        ("192.0.2.0", "192.0.2.255", False),
        ("198.51.100.1", "203.0.113.1", True),
        ("198.51.100.1", "::1", False),
        ("2001:db8::1", "2001:db8:1::1", False),
        ("2001:db8:1::1", "2001:db8:2::1", True),
        ("::ffff:192.0.2.1", "192.0.2.9", True),
    ],
)
def test_clients_of_the_same_networks_are_alike(one: str, other: str, same: bool) -> None:
    clients = ClientClasses()
    clients.divide(map(ip_network, NETWORKS))
    assert (clients.mark(packed(one)) == clients.mark(packed(other))) is same
    clients.tell_apart()
    assert clients.mark(packed(one)) != clients.mark(packed(other))


def test_one_family_does_not_pass_for_the_other() -> None:
    clients = ClientClasses()
    clients.divide([ip_network("::/0")])
    assert clients.mark(packed("192.0.2.1")) != clients.mark(packed("2001:db8::1"))


def test_all_marks_have_one_length_so_that_no_query_reads_like_a_mark() -> None:
    clients = ClientClasses()
    addresses = ["192.0.2.1", "198.51.100.1", "2001:db8::1", "::"]
    sizes = {len(clients.mark(packed(one))) for one in addresses}
    clients.divide(map(ip_network, NETWORKS))
    sizes |= {len(clients.mark(packed(one))) for one in addresses}
    clients.tell_apart()
    assert len(sizes | {len(clients.mark(packed(one))) for one in addresses}) == 1


def test_only_so_many_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.replay.client_classes._REMEMBERED", 4)
    clients = ClientClasses()
    for last in range(64):
        clients.mark(bytes((192, 0, 2, last)))
        assert len(clients._marks) <= 4  # pyright: ignore[reportPrivateUsage]
