"""What servers and dnsperf read: lists of queries, zones, hosts files. The same in each run, whoever makes it."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable
from pathlib import Path

from tests.runtime.certificates import Certificate

PATTERNS = {
    "1k": ("n{}.example", 1000),
    "old": ("n{}.old.example", 1000),
    "40k": ("n{}.example", 40_000),
    "100k": ("n{}.example", 100_000),
    "old-100k": ("n{}.old.example", 100_000),
    "zone": ("n{}.zone.example", 10_000),
    "nx": ("x{}.zone.example", 100_000),
    "cluster": ("s{}.ns{}.svc.cluster.local", 10_000),
}
LATE = 10_000  # names behind those of a list that is asked once, for the run at a low rate after it
LETTERS = 1_000_000
COOKIES = 50_000
NAMESPACES = 100


def write_queries(folder: Path, key: str, *, late: bool = False) -> Path:
    """A list for dnsperf, and where it is; `late` is for names that the list itself does not have."""
    path = folder / (f"late-{key}.txt" if late else f"queries-{key}.txt")
    if not path.exists():
        path.write_bytes(_queries(key, late=late))
    return path


def _queries(key: str, *, late: bool) -> bytes:
    chance = random.Random(1)  # noqa: S311 - the same lists each time
    match key:
        case "cookies":
            return b"".join(with_cookie(f"n{number % 1000}.example", chance) for number in range(COOKIES))
        case "mix":
            found = names("100k", late=late) if late else _every_ninth_again(names("100k"), chance)
        case "letters":
            known = names("zone")
            found = (in_random_letters(chance.choice(known), chance) for _ in range(LATE if late else LETTERS))
        case _:
            found = names(key, late=late)
    return "".join(f"{name} A\n" for name in found).encode()


def names(key: str, *, late: bool = False) -> list[str]:
    """The names of a pattern, shuffled."""
    pattern, count = PATTERNS[key]
    numbers = range(count, count + LATE) if late else range(count)
    found = [pattern.format(number, number % NAMESPACES) for number in numbers]
    random.Random(1).shuffle(found)  # noqa: S311
    return found


def _every_ninth_again(known: list[str], chance: random.Random) -> Iterable[str]:
    """A tenth of the queries is for a name that was asked before."""
    for number, name in enumerate(known):
        yield name
        if number % 9 == 8:
            yield known[chance.randrange(number)]


def in_random_letters(name: str, chance: random.Random) -> str:
    """As resolvers ask that guard against forgery with the letters of the name."""
    mask = chance.getrandbits(len(name))
    return "".join(letter.upper() if mask >> place & 1 else letter for place, letter in enumerate(name))


def with_cookie(name: str, chance: random.Random) -> bytes:
    """A query with a client cookie (RFC 7873, 4), behind its length as dnsperf -B reads it."""
    cookie = struct.pack("!2H8s", 10, 8, chance.randbytes(8))
    opt = struct.pack("!BHHIH", 0, 41, 1232, 0, len(cookie)) + cookie
    octets = question(name, additional=1) + opt
    return struct.pack("!H", len(octets)) + octets


def question(name: str, *, additional: int = 0) -> bytes:
    """A query for the A record of a name, recursion desired."""
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.rstrip(".").split("."))
    return struct.pack("!6H", 7, 0x100, 1, 0, 0, additional) + labels + struct.pack("!B2H", 0, 1, 1)


def write_files(folder: Path) -> None:
    """What Corefiles name in `$dir`, but for the large zone: a zone, hosts files, certificates."""
    write_zone(folder / "db.zone.example", 10_000)
    _write_hosts(folder / "hosts", "n{}.zone.example", 10_000)
    _write_hosts(folder / "hosts.four", "n{}.example", 40_000 + LATE, each=4)
    _write_hosts(folder / "hosts.110k", "n{}.example", 100_000 + LATE)
    authority = Certificate("authority")
    (folder / "authority.pem").write_text(authority.cert)
    Certificate("dns.example.org", "dns.example.org", "127.0.0.1", issuer=authority).write(folder, "server")


def write_zone(path: Path, count: int) -> None:
    """`zone.example` with so many names that have an address each."""
    head = "$ORIGIN zone.example.\n$TTL 3600\n@ IN SOA ns1 admin 2026010101 7200 3600 1209600 3600\n"
    servers = "@ IN NS ns1\nns1 IN A 192.0.2.53\n"
    path.write_text(head + servers + "".join(f"n{number} IN A {_address(10, number)}\n" for number in range(count)))


def _write_hosts(path: Path, pattern: str, count: int, *, each: int = 1) -> None:
    path.write_text(
        "".join(
            f"{_address(10 + turn, number)} {pattern.format(number)}\n"
            for number in range(count)
            for turn in range(each)
        )
    )


def _address(first: int, number: int) -> str:
    return f"{first}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
