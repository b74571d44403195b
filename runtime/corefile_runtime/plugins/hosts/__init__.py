"""hosts: addresses of names, and names of addresses, from a hosts file and from lines of the Corefile."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from corefile.plugins.hosts import Hosts as Config
from corefile_runtime.chain.reply import Outcome, Reply, Serve
from corefile_runtime.plugins.hosts.table import Table, reverse_address
from corefile_runtime.replay.store import Facts, Source
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import AAAA, NOERROR, PTR, SERVFAIL, A
from corefile_runtime.wire.replies import head
from corefile_runtime.wire.zone_match import is_below, matcher

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Bind, Home, Site

REPLAYS = True


def make(configs: tuple[AnyConfig, ...], home: Home) -> Bind:
    """One table for the block, read again when the file changes."""
    return Hosts(cast("Config", configs[0]), home).bind


class Hosts:
    """The hosts of one block."""

    def __init__(self, config: Config, home: Home) -> None:
        instance = home.instance
        self._config = config
        self._loop = instance.loop
        self._output = instance.output
        zones = [parse_name(zone) for zone in config.zones or home.block.zones]
        self._holds = matcher(zones)
        self._zones = zones
        self._through = tuple(parse_name(zone) for zone in config.fallthrough)
        self._ttl = config.ttl.to_bytes(4, "big")
        self._inline = Table.read("\n".join(config.inline), zones, reverse=config.reverse)
        self._file = Table()
        self._seen: tuple[int, int] | None = None
        self._source = Source()
        metrics = instance.metrics
        self._entries = metrics.gauge(
            "coredns_hosts_entries", "The combined number of entries in hosts and Corefile.", "hostsfile"
        )
        self._read_at = metrics.gauge(
            "coredns_hosts_reload_timestamp_seconds", "The timestamp of the last reload of hosts file."
        ).cell()
        self._stopped = False
        instance.on_start.append(self._start)
        instance.on_stop.append(self._stop)
        self._path = home.locate(config.path)
        if config.path != Config().path and not os.path.exists(self._path):
            self._output.log("WARNING", f"File does not exist: {self._path}", "hosts")
        self._look()

    def _start(self) -> None:
        if self._config.reload:
            self._loop.after(self._config.reload.seconds, self._tick)

    def _stop(self) -> None:
        self._stopped = True

    def _tick(self) -> None:
        if not self._stopped:
            self._look()
            self._start()

    def _look(self) -> None:
        """Read the file if its time or size has changed; a file that has gone leaves the last state."""
        path = self._path
        try:
            state = os.stat(path)
            if (state.st_mtime_ns, state.st_size) == self._seen:
                return
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                text = file.read()
        except OSError:
            return
        self._file = Table.read(text, self._zones, reverse=self._config.reverse)
        self._seen = state.st_mtime_ns, state.st_size
        self._source.drop()
        self._output.log("DEBUG", f"Parsed hosts file into {len(self._file)} entries", "hosts")
        self._entries.cell(path).value = len(self._inline) + len(self._file)
        self._read_at.value = state.st_mtime_ns / 1e9

    def bind(self, site: Site) -> Serve:
        """The function for a chain."""
        holds, behind = self._holds, site.next
        lookups: dict[int, Callable[[bytes], Iterable[bytes]]] = {
            A: lambda name: [*self._file.find4(name), *self._inline.find4(name)],
            AAAA: lambda name: [*self._file.find6(name), *self._inline.find6(name)],
        }

        def serve(query: Query) -> Outcome:
            name, qtype = query.name, query.qtype
            if holds is not None and qtype != PTR and not holds(name):
                return behind(query)
            data: Iterable[bytes] = ()
            if qtype == PTR:
                address = reverse_address(name)
                data = [*self._file.names(address), *self._inline.names(address)]
                if not data:
                    return behind(query)
            elif qtype in lookups:
                data = lookups[qtype](name)
            elif self._config.fallthrough_unsupported and self._goes_through(name):
                return behind(query)
            if not data and not self._file.has(name) and not self._inline.has(name):
                # NXDOMAIN would need an SOA, and a hosts file has none.
                return behind(query) if self._goes_through(name) else Reply(SERVFAIL)
            return self._answer(query, list(data))

        return serve

    def _goes_through(self, name: bytes) -> bool:
        return any(is_below(name, zone) for zone in self._through)

    def _answer(self, query: Query, data: list[bytes]) -> Reply:
        """The answer names the owner in lower case, whatever the client wrote."""
        owner = b"\xc0\x0c" if query.asked == query.name else query.name
        middle = owner + query.qtype.to_bytes(2, "big") + b"\0\1" + self._ttl
        records = b"".join(middle + len(rdata).to_bytes(2, "big") + rdata for rdata in data)
        wire = head(query, NOERROR, 4, len(data).to_bytes(2, "big") + b"\0\0\0\0") + records
        return Reply(NOERROR, wire, "", Facts(source=self._source))
