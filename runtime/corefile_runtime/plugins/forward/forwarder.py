"""One `forward` line: which names it takes, how many queries at once, and its upstreams."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from corefile_runtime.plugins.forward.encrypted import Securing
from corefile_runtime.plugins.zeros.forward import BROKEN, REJECTED
from corefile_runtime.upstream.choice import choose_order
from corefile_runtime.upstream.health import Check
from corefile_runtime.upstream.limits import Limits
from corefile_runtime.upstream.proxy import Proxy
from corefile_runtime.wire.names import parse_name
from corefile_runtime.wire.zone_match import is_below

if TYPE_CHECKING:
    from corefile.plugins.forward import Forward
    from corefile_runtime.chain.home import Home
    from corefile_runtime.upstream.resolve import Target


class Forwarder:
    """What one `forward` line does. `concurrent` counts its queries under way where `max_concurrent` bounds them."""

    proxies: list[Proxy]
    order: Callable[[], list[Proxy]]
    random_order: Callable[[], list[Proxy]]

    def __init__(self, config: Forward, home: Home) -> None:
        self.config = config
        self.home = home
        self.loop = home.clock
        self.zone = parse_name(config.zone)
        self.ignored = tuple(parse_name(name) for name in config.ignored)
        self.concurrent = 0
        self._securing = Securing(config, home)
        self.broken = home.metrics.counter(BROKEN.name, BROKEN.text).cell()
        self.rejected = home.metrics.counter(REJECTED.name, REJECTED.text).cell()

    def take(self, targets: list[Target]) -> None:
        """The upstreams are known; this comes before the first query."""
        config = self.config
        limits = Limits(
            expire=config.expire.seconds,
            max_age=config.max_age.seconds,
            max_idle=config.max_idle,
            read_timeout=config.read_timeout.seconds,
            source=config.source_address,
        )
        check = Check(config.health_check.seconds, config.health_domain, config.health_recursion, config.force_tcp)
        self.proxies = [Proxy(self.home, target, limits, check, self._securing.secure(target)) for target in targets]
        self.order = choose_order(config.policy, self.proxies)
        self.random_order = choose_order("random", self.proxies)
        self.many = len(self.proxies) > 1
        # CoreDNS: defaultConnectAttemptsPerUpstream is 2; 0 is no bound but the deadline.
        attempts = config.max_connect_attempts
        self.max_attempts = 2 * len(self.proxies) if attempts is None else attempts

    def takes(self, name: bytes) -> bool:
        """Whether a name is forwarded: at or below the zone, not at or below an exception."""
        zone = self.zone
        # CoreDNS (isAllowedDomain) forwards the zone itself even where `except` names it.
        if name == zone:
            return True
        return is_below(name, zone) and not any(is_below(name, ignored) for ignored in self.ignored)
