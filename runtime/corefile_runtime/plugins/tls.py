"""tls: the certificate of encrypted listeners, from files; it has no place in the chain.

CoreDNS: plugin/tls/tls.go. The files are read in a thread before the configuration serves; connections that are open
keep the certificate with which they began.
"""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

from corefile.plugins.tls import Tls
from corefile_runtime.chain.handler import Handler, Unserved, every
from corefile_runtime.sockets.encryption import Encryption
from corefile_runtime.sockets.tls_contexts import Files, server_context

if TYPE_CHECKING:
    from corefile.ir.program import Config
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.services import Done

# `request` asks for a certificate at which nobody looks: not to ask makes no difference that a client could rely on.
_VERIFIES = {
    "nocert": ssl.CERT_NONE,
    "request": ssl.CERT_NONE,
    "verify_if_given": ssl.CERT_OPTIONAL,
    "require_and_verify": ssl.CERT_REQUIRED,
}


def prepare(configs: tuple[Tls, ...], home: Home) -> None:
    """Of several uses all are read, and the last one holds."""
    encryption = home.settings.tls = Encryption()
    uses = [_Use(config, home) for config in configs]

    def begin(done: Done) -> None:
        def take(outcome: list[ssl.SSLContext] | Exception) -> None:
            if isinstance(outcome, Exception):
                done(home.refuse(str(outcome)))
                return
            for use in uses:
                if use.keylog:
                    home.log("WARNING", f'Writing TLS Key Log to "{use.keylog}"')
            encryption.context = outcome[-1]
            done(None)

        home.in_thread(lambda: [use.read() for use in uses], take)

    home.on_ready(begin, late="certificates cannot be read in time")


class _Use:
    """One use of the plugin, with its files where they are."""

    def __init__(self, config: Tls, home: Home) -> None:
        # CoreDNS's paths are relative to `root` as it stands where the plugins are set up: `root` comes before.
        paths = config.certificate, config.key, config.client_authority
        self._files = Files(*(home.locate(path) if path else "" for path in paths))
        self._verify = _VERIFIES[config.client_auth]
        self.keylog = os.path.abspath(home.locate(config.keylog)) if config.keylog else ""

    def read(self) -> ssl.SSLContext:
        """In a thread; raises ValueError."""
        context = server_context(self._files, self._verify)
        if self.keylog:
            try:
                # Python makes it with the rights of any file; these are secrets.
                os.close(os.open(self.keylog, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
                context.keylog_filename = self.keylog
            except OSError as error:
                why = f"open {self.keylog}: {(error.strerror or str(error)).lower()}"
                raise ValueError(f'unable to write TLS Key Log to "{self.keylog}": {why}') from error
        return context


def _takes_any(config: Config) -> bool:
    return isinstance(config, Tls) and config.client_auth == "require"


def _renews_itself(config: Config) -> bool:
    return isinstance(config, Tls) and config.acme is not None


HANDLER = Handler(
    every(Tls, prepare),
    unserved=(
        # Python's ssl asks for a certificate only to verify it.
        Unserved(
            what="a client certificate that is required and not verified ('client_auth require')", applies=_takes_any
        ),
        Unserved(what="certificates from an ACME authority", applies=_renews_itself),
    ),
)
