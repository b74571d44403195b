"""What `forward` is configured with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corefile.ir.names import DEFAULT_PORTS
from corefile.ir.program import Config
from corefile.ir.values import Duration, FilePath, Zone

Policy = Literal["random", "round_robin", "sequential"]
DohMethod = Literal["POST", "GET"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream(Config):
    """One place to forward to.

    `transport` is `dns`, `tls` or `https`. `host` is an IP address when `literal`; else a host name, unless there is a
    file called `path`, whose `nameserver` lines count then: only the machine that serves can tell. `server_name` is
    the name behind `%`: what a TLS certificate must show, or the zone of a link-local address. `service` is the port
    as it is written where it is no number from 0 to 65535; `port` is 0 then.
    """

    transport: str = "dns"
    host: str = ""
    port: int = 53
    server_name: str = ""
    literal: bool = True
    path: FilePath = FilePath("")
    service: str = ""

    def __str__(self) -> str:
        """As it is written in a Corefile, default ports left out."""
        if self.path and not self.literal:
            return self.path
        scheme = "" if self.transport == "dns" else f"{self.transport}://"
        name = f"%{self.server_name}" if self.server_name else ""
        port = self.service or ("" if str(self.port) == DEFAULT_PORTS.get(self.transport) else str(self.port))
        if not port:
            return f"{scheme}{self.host}{name}"
        host = f"[{self.host}{name}]" if ":" in self.host else f"{self.host}{name}"
        return f"{scheme}{host}:{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward(Config):
    """What one `forward` says.

    `zone` is the name at and below which queries are forwarded, except those at or below the names of `ignored`
    (`except`). `max_fails` failed health checks in a row make an upstream unhealthy, 0 for never.
    `max_connect_attempts` bounds the attempts for one query: None for twice the number of upstreams, 0 for no bound but
    time. `health_check` is how often an upstream that failed is asked again for `health_domain`, with RD unless not
    `health_recursion`. `expire` is how long an idle connection is kept, `max_age` how long any is (0: no bound),
    `max_idle` how many idle ones (0: no bound). `tls` holds up to three file names (CA; certificate, key; certificate,
    key, CA), None for the system's CAs and no certificate. `max_concurrent` bounds the queries under way, 0 for no
    bound. `next_rcodes` and `next_on_nodata` hand a query to the forward behind this one; `failover` lists the rcodes
    after which another upstream is tried. Rcodes are numbers. `resolver` are the servers, as written, that turn host
    names into addresses.
    """

    zone: Zone = Zone(".")
    upstreams: tuple[Upstream, ...] = ()
    ignored: tuple[Zone, ...] = ()
    policy: Policy = "random"
    force_tcp: bool = False
    prefer_udp: bool = False
    max_fails: int = 2
    max_connect_attempts: int | None = None
    health_check: Duration = Duration.of(0.5)
    health_domain: Zone = Zone(".")
    health_recursion: bool = True
    expire: Duration = Duration.of(10)
    max_age: Duration = Duration(0)
    max_idle: int = 0
    read_timeout: Duration = Duration.of(2)
    doh_method: DohMethod = "POST"
    tls: tuple[FilePath, ...] | None = None
    tls_servername: str = ""
    max_concurrent: int = 0
    next_rcodes: tuple[int, ...] = ()
    next_on_nodata: bool = False
    failfast_all_unhealthy_upstreams: bool = False
    failover: tuple[int, ...] = ()
    resolver: tuple[str, ...] = ()
    source_address: str = ""
