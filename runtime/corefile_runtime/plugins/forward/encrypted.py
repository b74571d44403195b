"""TLS of a `forward` line: its files, read before the configuration serves, and the server names to verify."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssl import SSLContext

    from corefile.plugins.forward import Forward
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.services import Done
    from corefile_runtime.upstream.resolve import Target
    from corefile_runtime.upstream.tls import Secured

TRANSPORT = "tls"


class Securing:
    """The TLS of one `forward` line. Files are read where they are named, also when no upstream needs them."""

    def __init__(self, config: Forward, home: Home) -> None:
        from corefile_runtime.sockets.encryption import Encryption

        self._server_name = config.tls_servername
        self._encryption = Encryption()
        if config.tls is None and all(upstream.transport != TRANSPORT for upstream in config.upstreams):
            return
        paths = [home.locate(path) for path in config.tls or ()]

        def begin(done: Done) -> None:
            def take(outcome: SSLContext | Exception) -> None:
                if isinstance(outcome, Exception):
                    done(home.refuse(str(outcome)))
                    return
                self._encryption.context = outcome
                done(None)

            home.in_thread(lambda: _make_context(paths), take)

        home.on_ready(begin, late="certificates cannot be read in time")

    def secure(self, target: Target) -> Secured | None:
        """How an upstream is asked over TLS, None for one in the clear.

        Without a name that it must show its address must be in its certificate, as Go has it.
        """
        if target.transport != TRANSPORT:
            return None
        from corefile_runtime.upstream.tls import Secured

        return Secured(self._encryption, self._server_name or target.name or target.host)


def _make_context(paths: list[str]) -> SSLContext:
    """By the number of files, as CoreDNS (pkg/tls, NewTLSConfigFromArgs); raises ValueError."""
    from corefile_runtime.sockets.tls_contexts import Files, client_context

    # One file: authorities. Two: certificate and key. Three: all of them.
    if len(paths) == 1:
        return client_context(Files(authorities=paths[0]))
    return client_context(Files(*paths))
