"""The addresses of a `forward` line: known at once, or found in a thread where a file or a name server has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from corefile_runtime.chain.refusal import StartError, explain, explain_system
from corefile_runtime.sockets.addresses import join_host_port, pack_address
from corefile_runtime.upstream.resolve import Target, look_up, read_nameservers

if TYPE_CHECKING:
    from corefile.plugins.forward import Forward, Upstream
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.services import Done

MAX_UPSTREAMS = 15
"""CoreDNS counts the words of the line that name any, not their addresses."""

Take: TypeAlias = Callable[[list[Target]], object]


def find_targets(config: Forward, home: Home, take: Take) -> None:
    """Have `take` called with the addresses of all upstreams, each once, before the configuration serves.

    Raises StartError, or refuses later, for what cannot be known. Names are looked up side by side, and queries are
    answered meanwhile: the name server may be this one.
    """
    Targets(config, home, take).find()


class Targets:
    """The addresses of one line, as far as they are known: a list for each upstream, empty for a file without any."""

    def __init__(self, config: Forward, home: Home, take: Take) -> None:
        self._config = config
        self._home = home
        self._take = take
        self._found: list[list[Target] | None] = [None] * len(config.upstreams)

    def find(self) -> None:
        """Look all up that are no addresses."""
        for place, upstream in enumerate(self._config.upstreams):
            if upstream.service:
                raise self._home.refuse(
                    f"port '{upstream.service}' of upstream {upstream.host} is no number from 0 to 65535"
                )
            if upstream.literal:
                self._found[place] = [Target(upstream.transport, upstream.host, upstream.port, upstream.server_name)]
            else:
                self._wait_for(place, upstream)
        if None not in self._found:
            self._finish()

    def _wait_for(self, place: int, upstream: Upstream) -> None:
        def begin(done: Done) -> None:
            def note(found: list[Target] | Exception) -> None:
                if isinstance(found, Exception):
                    done(self._home.refuse(f'failed to resolve "{upstream.host}": {_tell(found)}'))
                    return
                self._found[place] = found
                try:
                    if None not in self._found:
                        self._finish()
                except StartError as error:
                    done(error)
                else:
                    done(None)

            self._home.in_thread(lambda: resolve(upstream, self._config.resolver), note)

        self._home.on_ready(begin, late=f'failed to resolve "{upstream.host}": no answer in time')

    def _finish(self) -> None:
        """All are known. Of several upstreams at one address only the first is one."""
        known = [targets for targets in self._found if targets]
        # The first place counts (CoreDNS: expandAndDedup), as the policy `sequential` shows.
        distinct: dict[str, Target] = {}
        for target in chain.from_iterable(known):
            distinct.setdefault(join_host_port(target.host, target.port), target)
        if not distinct:
            raise self._home.refuse("no valid upstream addresses found")
        if len(known) > MAX_UPSTREAMS:
            raise self._home.refuse(f"more than {MAX_UPSTREAMS} TOs configured: {len(known)}")
        self._take(list(distinct.values()))


def resolve(upstream: Upstream, resolvers: Sequence[str]) -> list[Target]:
    """The addresses of an upstream that is no address; called in a thread. Raises OSError, and what parsers raise.

    What is the name of a file is that, even if there is a host of that name (CoreDNS: parse.HostPortOrFile).
    """
    servers = read_nameservers(str(upstream.path)) if upstream.path else None
    if servers is None:
        found = look_up(upstream.host, resolvers)
        return [Target(upstream.transport, host, upstream.port, upstream.server_name) for host in found]
    return [Target("dns", host, 53) for server in servers for host in _address_of(server)]


def _address_of(server: str) -> list[str]:
    """A file may have a host name where an address belongs: CoreDNS has the system look it up when it connects."""
    try:
        pack_address(server)
    except OSError:
        return look_up(server, ())
    return [server]


def _tell(error: Exception) -> str:
    return explain_system(error) if isinstance(error, OSError) else explain(error)
