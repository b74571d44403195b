"""autopath: walks the client's search path on the server."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.values import FilePath, Zone
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin

RESOLV_CONF = "/etc/resolv.conf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Autopath(Config):
    """Where the search path comes from: a file like resolv.conf, or another plugin of the block (`kubernetes`).

    `zones` are those for which it is walked, the block's when empty. The uses of a block share one state: with both a
    file and a plugin set, the plugin is asked.
    """

    zones: tuple[Zone, ...] = ()
    file: FilePath = FilePath("")
    plugin: str = ""


def again(config: Autopath, args: Args) -> Autopath:
    """`autopath [ZONES...] RESOLV-CONF|@PLUGIN`.

    cross-block: a plugin of the block that has no search path (all but `kubernetes` and `erratic`) keeps CoreDNS from
    starting; one that the block has not is silently ignored.
    """
    words = args.rest(1, what="RESOLV-CONF or @PLUGIN")
    last = words[-1]
    config = replace(config, zones=args.origins(words[:-1]))
    if last.text.startswith("@"):
        return replace(config, plugin=last.text[1:])
    if not last.text:
        args.refuse("CF215", "the name of the file is empty, a file or '@PLUGIN' is expected", last)
    # the one that every machine has is taken as given
    return replace(config, file=args.file(last, "file with a search path", fatal=last.text != RESOLV_CONF))


PLUGIN = Plugin(
    name="autopath",
    summary="tries the domains of the client's search path on the server, in one query instead of many",
    usage=("autopath [ZONES...] RESOLV-CONF|@PLUGIN",),
    config=Autopath,
    again=again,
    blockless=True,
    description="""\
A client with a search path asks for `www.example.org.shop.svc.cluster.local` before `www.example.org`. Seeing the first
of these names, the plugin tries all of the path itself and answers with the first that exists, after a CNAME to it.

The path comes from a file like /etc/resolv.conf, the same for all clients, or from another plugin: `@kubernetes` takes
that of the client's pod. It needs `pods verified` there, which watches all pods and costs memory; with other modes it
does nothing. A misspelt plugin is ignored without a word.

- The plugin sits before `cache` in the chain.
- If the next plugins have nothing for names outside of the cluster, misses become SERVFAIL.
""",
    examples=(
        Example(
            title="the search path of Kubernetes' pods",
            corefile="""\
. {
    autopath @kubernetes
    kubernetes cluster.local {
        pods verified
    }
    forward . 192.0.2.53
}
""",
        ),
    ),
)
