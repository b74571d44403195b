"""`forward` has options for TLS, and asks in the clear.

## What it finds

A `forward` with `tls` or `tls_servername` whose upstreams are all plain DNS: none begins with `tls://` or `https://`.

## Why

What decides is the scheme of the upstream. Without it CoreDNS asks over UDP, port 53: the name and the certificates are
read, checked and never used. Everybody on the way sees the queries that were to be hidden, and nothing says so, for the
answers are right.

## Example

```corefile
. {
    forward . 192.0.2.53 {
        tls_servername dns.example.org
    }
}
```

## Instead

```corefile
. {
    forward . tls://192.0.2.53 {
        tls_servername dns.example.org
    }
}
```

## Notes

The fix puts `tls://` before the upstreams. It is unsafe: queries then go to port 853 and are not answered if nothing
listens there. There is none where an upstream is a file, or has port 53.

Of 562 Corefiles from public repositories that CoreDNS takes, one has this, in two places; both are mistakes.

## References

- CoreDNS, `forward`: https://coredns.io/plugins/forward/
- RFC 7858, DNS over TLS; RFC 8310, how a server is authenticated
- coredns/coredns#6078, #3585
"""

from __future__ import annotations

from collections.abc import Iterator

from corefile.compiler import Compiled
from corefile.diag.diagnostic import Edit, Fix, Severity
from corefile.ir.source import Word
from corefile.plugins.forward.config import Forward
from corefile.plugins.uses import Use
from corefile.rules import Finding
from corefile.rules.edits import fix, replace_word

severity: Severity = "error"
since = "0.1.0"


def check(compiled: Compiled) -> Iterator[Finding]:
    for use in compiled.uses(Forward):
        prop = next((name for name in ("tls_servername", "tls") if use.at(name)), "")
        span = use.at(prop) if prop else None
        upstreams = use.config.upstreams
        if span is not None and upstreams and all(upstream.transport == "dns" for upstream in upstreams):
            message = f"'{prop}' has no effect: no upstream begins with 'tls://', queries go out in the clear"
            yield Finding(span, message, _help(use), fix=_encrypt(use))


def _help(use: Use[Forward]) -> str:
    first, word = use.config.upstreams[0], use.arguments()[1]
    if not first.literal:
        return "put 'tls://' before each upstream"
    return f"write 'tls://{first.host if first.port == 53 else word.text.removeprefix('dns://')}'"


def _encrypt(use: Use[Forward]) -> Fix | None:
    if not all(upstream.literal and (upstream.port != 53 or not _has_port(use)) for upstream in use.config.upstreams):
        return None
    return fix([_with_scheme(word) for word in use.arguments()[1:]], safe=False)


def _has_port(use: Use[Forward]) -> bool:
    """Whether port 53 is written out: TLS is not spoken there."""
    return any(word.text.endswith(":53") for word in use.arguments())


def _with_scheme(word: Word) -> Edit | None:
    return replace_word(word, f"tls://{word.text.removeprefix('dns://')}")
