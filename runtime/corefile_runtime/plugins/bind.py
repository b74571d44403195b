"""bind: the addresses on which a block listens, once it is known what this machine has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.ir.addresses import parse_ip
from corefile.plugins.bind import Bind
from corefile_runtime.chain.handler import Handler, every
from corefile_runtime.chain.settings import Bound
from corefile_runtime.sockets.interfaces import addresses_of, interface_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corefile_runtime.chain.home import Home


def prepare(configs: tuple[Bind, ...], home: Home) -> None:
    """It has no place in the chain. The uses of a block add up, each without what it excepts."""
    names = interface_names()
    found: list[str] = []
    for config in configs:
        ignored = _resolve(config.ignored, names, home)
        found += [address for address in _resolve(config.addresses, names, home) if address not in ignored]
    home.settings.bound = Bound(tuple(found), home.refuse)


def _resolve(words: Iterable[str], names: set[str], home: Home) -> list[str]:
    """Addresses as they are written, and those of interfaces. Host names are not looked up."""
    found: list[str] = []
    for word in words:
        if word in names:
            found += addresses_of(word)
        elif parse_ip(word) is None:
            raise home.refuse(f'not a valid IP address or interface name: "{word}"')
        else:
            found.append(word)
    return found


HANDLER = Handler(every(Bind, prepare), runs="both")
