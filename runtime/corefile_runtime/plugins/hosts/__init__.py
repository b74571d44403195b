"""hosts: addresses of names, and names of addresses, from a hosts file and from lines of the Corefile."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from corefile.golang.quoting import quote
from corefile.plugins.hosts import Hosts as Config
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.reply import Outcome, Reply, Serve
from corefile_runtime.plugins.hosts.table import Table, reverse_address
from corefile_runtime.plugins.zeros.hosts import READ_AT
from corefile_runtime.replay.eras import Source
from corefile_runtime.replay.terms import Terms
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import AAAA, NOERROR, PTR, SERVFAIL, A
from corefile_runtime.wire.replies import head
from corefile_runtime.wire.zone_match import is_below, matcher

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link, Site


def prepare(config: Config, home: Home) -> Link:
    """One table for the block, read again when the file changes."""
    hosts = Hosts(config, home)
    path = home.locate(config.path)
    if config.path != Config().path and not os.path.exists(path):
        home.log("WARNING", f"File does not exist: {path}")
    elif os.path.isdir(path):
        home.log("WARNING", f"Hosts file {quote(path)} is a directory")
    home.file(path, hosts.parse, hosts.take, every=config.reload.seconds)
    return hosts.link


class Hosts:
    """The hosts of one block."""

    def __init__(self, config: Config, home: Home) -> None:
        self._config = config
        self._home = home
        self._path = home.locate(config.path)
        self._zones = [parse_name(zone) for zone in config.zones or home.zones]
        self._holds = matcher(self._zones)
        self._through = tuple(parse_name(zone) for zone in config.fallthrough)
        self._all_through = b"\0" in self._through
        self._ttl = config.ttl.to_bytes(4, "big")
        self._inline = Table.read("\n".join(config.inline), self._zones, reverse=config.reverse)
        self._file = Table()
        self._source = Source()
        self._entries = home.metrics.gauge(
            "coredns_hosts_entries", "The combined number of entries in hosts and Corefile.", "hostsfile"
        )
        self._read_at = home.metrics.gauge(READ_AT.name, READ_AT.text).cell()

    def parse(self, data: bytes) -> Table:
        """What a file says; called in a thread."""
        return Table.read(data.decode("utf-8", "surrogateescape"), self._zones, reverse=self._config.reverse)

    def take(self, table: Table, modified: float) -> None:
        """The file has been read."""
        self._file = table
        self._source.drop()
        self._home.log("DEBUG", f"Parsed hosts file into {len(table)} entries")
        self._entries.cell(self._path).value = len(self._inline) + len(table)
        self._read_at.value = modified

    def link(self, site: Site) -> Serve:
        """The function for a chain. What passes it hangs on its not having the name."""
        holds, pass_on, source = self._holds, site.pass_on, self._source
        lookups: dict[int, Callable[[bytes], list[bytes]]] = {
            A: lambda name: self._file.find4(name) + self._inline.find4(name),
            AAAA: lambda name: self._file.find6(name) + self._inline.find6(name),
        }

        def serve(query: Query) -> Outcome:
            name, qtype = query.name, query.qtype
            if holds is not None and qtype != PTR and not holds(name):
                return site.next(query)
            if qtype == PTR:
                address = reverse_address(name)
                data = [*self._file.names(address), *self._inline.names(address)]
                return self._answer(query, data) if data else pass_on(query, source.era)
            find = lookups.get(qtype)
            if find is None and self._config.fallthrough_unsupported and self._goes_through(name):
                return site.next(query)
            data = find(name) if find is not None else []
            if not data and not self._file.has(name) and not self._inline.has(name):
                # NXDOMAIN would need an SOA, and a hosts file has none.
                return pass_on(query, source.era) if self._goes_through(name) else Reply(SERVFAIL)
            return self._answer(query, data)

        return serve

    def _goes_through(self, name: bytes) -> bool:
        return self._all_through or any(is_below(name, zone) for zone in self._through)

    def _answer(self, query: Query, data: list[bytes]) -> Reply:
        """The answer names the owner in lower case, whatever the client wrote: only the question has its letters."""
        owner = b"\xc0\x0c" if query.asked == query.name else query.name
        qtype, records = query.qtype, b""
        middle = owner + qtype.to_bytes(2, "big") + b"\0\1" + self._ttl
        if qtype == PTR:
            records = b"".join([middle + len(rdata).to_bytes(2, "big") + rdata for rdata in data])
        elif data:  # addresses are equally long
            middle += b"\0\4" if qtype == A else b"\0\x10"
            records = middle + middle.join(data)
        wire = head(query, NOERROR, 4, len(data).to_bytes(2, "big") + b"\0\0\0\0") + records
        return Reply(NOERROR, wire, "", Terms(self._source.era, folds=True))


HANDLER = Handler(one(Config, prepare), replays=True)
