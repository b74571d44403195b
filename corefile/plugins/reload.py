"""reload: looks at the Corefile from time to time and takes it up when it changed."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.ir.values import Duration
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin

SHORTEST_INTERVAL = Duration.of(2)
SHORTEST_JITTER = Duration.of(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload(Config):
    """What one `reload` says: how often to look.

    Each look is shifted by up to half of `jitter` either way; more than half the interval is never used.
    """

    interval: Duration = Duration.of(30)
    jitter: Duration = Duration.of(15)


def read(args: Args) -> Reload:
    """`reload [INTERVAL [JITTER]]`."""
    words = args.rest(0, 2)
    interval, jitter = Reload().interval, Reload().jitter
    if words:
        interval = args.duration(words[0], SHORTEST_INTERVAL, what="interval")
    if len(words) > 1:
        jitter = args.duration(words[1], what="jitter")
        if jitter and jitter < SHORTEST_JITTER:
            args.refuse("CF206", f"jitter '{words[1].text}' is out of range, 0s or at least 1s is allowed", words[1])
    # CoreDNS cuts the jitter to half the interval: what is cut makes no difference.
    return Reload(interval=interval, jitter=min(jitter, Duration(interval // 2)))


PLUGIN = Plugin(
    name="reload",
    summary="takes up a changed Corefile without a restart",
    usage=("reload [INTERVAL [JITTER]]",),
    short={"": "30s 15s", "10s": "10s 5s"},
    config=Reload,
    read=read,
    first_only=True,
    blockless=True,
    since="1.0.6",
    description="""\
Every INTERVAL (30s unless given, at least 2s) the Corefile and what it imports are read; when their parsed text is
another one than before, the server starts anew with it in the same process, without losing its sockets. JITTER (15s
unless given, 0s or at least 1s, never more than half the interval) spreads the moment over many servers.

One block with `reload` is enough: it works for the whole process, and of several the one that is read last decides.
Zone files and hosts files are not its business: `file`, `auto` and `hosts` look at theirs themselves.

When the new Corefile is refused the old one goes on serving. CoreDNS then says so once in its log and does not try
again until the file changes once more: watch `coredns_reload_failed_total`.

Trap: without this plugin an edited ConfigMap changes nothing until the process is restarted. Further uses in the same
block are ignored, with all that they say.
""",
    examples=(
        Example(
            title="look every 30 seconds",
            corefile="""\
. {
    reload
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="look every ten seconds, shifted by up to five",
            corefile="""\
. {
    reload 10s 5s
    forward . 192.0.2.1
}
""",
        ),
    ),
)
