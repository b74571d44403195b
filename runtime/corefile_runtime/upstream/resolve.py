"""Upstreams as a Corefile names them: addresses, files with `nameserver` lines, and host names.

Everything here may wait, and is called in a thread.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from corefile_runtime.sockets.addresses import split_host_port
from corefile_runtime.upstream.asker import IDS
from corefile_runtime.wire.names import Malformed, parse_name
from corefile_runtime.wire.rcodes import AAAA, A
from corefile_runtime.wire.records import read_sections

TIMEOUT = 2.0
"""Seconds for one reply of a resolver, as in CoreDNS."""
LONGEST = 10.0
"""Seconds for one name: the wait for it has ended by then (`PATIENCE`)."""
# Octets of a reply that are read; without EDNS it has no more than 512 (RFC 1035, 2.3.4).
ATTEMPTS_SIZE = 4096


class Target(NamedTuple):
    """An address to ask. `name` is what its certificate must show, empty for the address."""

    transport: str
    host: str
    port: int
    name: str = ""


def read_nameservers(path: str) -> list[str] | None:
    """What the `nameserver` lines of a file name, None when there is no such file."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found: list[str] = []
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            # CoreDNS drops the scope of a link-local address too (parse.stripZone).
            found.append(words[1].partition("%")[0])
    return found


def look_up(name: str, resolvers: Sequence[str]) -> list[str]:
    """The addresses of a host name, from the system or from these servers, tried in order; raises OSError."""
    if not resolvers:
        return _ask_system(name)
    failure = OSError(f'no addresses found for "{name}"')
    end = monotonic() + LONGEST
    for resolver in resolvers:
        found: list[str] = []
        try:
            found += _ask(resolver, name, A)
            found += _ask(resolver, name, AAAA)
        except (OSError, ValueError, Malformed) as error:  # a resolver that knows only IPv4 addresses is good enough
            failure = OSError(f'no addresses found for "{name}": {error}')
        if found:
            return found
        if monotonic() > end:
            break
    raise failure


def _ask_system(name: str) -> list[str]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except UnicodeError:  # it has an empty label, or one of more than 63 letters
        raise OSError(f"lookup {name}: no such host") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _ask(resolver: str, name: str, rtype: int) -> list[str]:
    host, port = _resolver_address(resolver)
    question = parse_name(name) + rtype.to_bytes(2, "big") + b"\0\1"
    query = next(IDS) + b"\1\0\0\1" + bytes(6) + question
    end = monotonic() + TIMEOUT
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect((host, port))
        client.send(query)
        while True:
            client.settimeout(max(end - monotonic(), 0.001))  # for all that comes, not for each datagram
            wire = client.recv(ATTEMPTS_SIZE)
            # Anything else on this port is stray or forged (RFC 5452, 9.1): go on waiting.
            if wire[:2] == query[:2] and wire[12 : 12 + len(question)].lower() == question.lower():
                break
    answer = read_sections(wire, 12 + len(question)).answer
    return [str(ip_address(record.rdata)) for record in answer if record.rtype == rtype]


def _resolver_address(text: str) -> tuple[str, int]:
    try:
        return str(ip_address(text.strip("[]"))), 53
    except ValueError:
        return split_host_port(text)
