"""What the page of `forward` says."""

from __future__ import annotations

from corefile.plugins.spec import Example

DESCRIPTION = """\
FROM is the zone whose queries are forwarded, `.` for all. TO is up to 15 upstreams, each one of these:

| TO | meaning |
|---|---|
| `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53`, `dns://192.0.2.1` | plain DNS, port 53 unless given |
| `tls://192.0.2.1`, `tls://192.0.2.1%dns.example.net` | DNS over TLS, port 853; behind `%` the certificate's name |
| `https://192.0.2.1` | DNS over HTTPS, port 443; a path is refused, it is always `/dns-query` |
| `/etc/resolv.conf` | the `nameserver` lines of a file, read once at start |
| `dns.example.net`, `tls://dns.example.net` | a host name, looked up once at start (from 1.14.4 on) |

A block may have several `forward` lines: they are tried in the order of the file, and the first whose FROM holds the
name takes the query, also when a later one fits better.

An upstream that fails to reply is checked every half second until it replies again; meanwhile others are asked. When
all are down one is tried at random. A reply is a reply: NXDOMAIN or SERVFAIL of one upstream is final unless
`failover` or `next` say otherwise, so upstreams that know different names do not belong into one `forward`.

Traps: without `tls_servername`, or a name behind `%`, the certificate of a `tls://` upstream must have its address, as
those of large public resolvers do; one that has names only is not accepted. Without `tls://` the queries are not
encrypted, whatever `tls_servername` says. `2001:db8::1:53` is an address without a port: write `[2001:db8::1]:53`. An
upstream that leads back here, such as 127.0.0.1 or the stub resolver in /etc/resolv.conf, is a loop: use `loop` to find
out at start. With the defaults a silent upstream keeps a client waiting for four seconds.
"""

EXAMPLES = (
    Example(
        title="everything to two servers, the first as long as it is up",
        corefile="""\
. {
    forward . 192.0.2.1 192.0.2.2 {
        policy sequential
        max_concurrent 1000
    }
}
""",
    ),
    Example(
        title="encrypted, except for one's own zone",
        corefile="""\
. {
    forward corp.example.org 192.0.2.53
    forward . tls://198.51.100.1 tls://198.51.100.2 {
        tls_servername dns.example.net
        health_check 5s
    }
}
""",
    ),
    Example(
        title="try the public server for what the internal one does not know",
        corefile="""\
. {
    forward . 192.0.2.53 {
        next NXDOMAIN
        next_on_nodata
    }
    forward . 198.51.100.1
}
""",
    ),
)
