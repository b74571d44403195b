"""root: the folder from which relative file names are taken."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.ir.values import FilePath
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Root(Config):
    """The folder; empty for the working directory."""

    path: FilePath = FilePath("")


def again(_config: Root, args: Args) -> Root:
    """The last of several uses counts, and only that one's folder is looked at."""
    path = FilePath(args.take("PATH").text)
    if path and args.last_use:
        args.need("CF402", "folder", args.path(path), fatal=False, rooted=False, asks_for=True, folder=True)
    return Root(path=path)


PLUGIN = Plugin(
    name="root",
    summary="the folder from which relative names of zone files and other files are taken",
    usage=("root PATH",),
    config=Root,
    again=again,
    blockless=True,
    description="""\
Plugins of this block that read files take relative names from PATH instead of the working directory: `file`, `auto`,
`hosts`, `dnssec`, `tls` (from 1.11.3 on), the certificates of `forward` and `grpc`, and others. It does not hold for
`import`, which goes by the importing file, nor for a resolv.conf that `forward` reads.

A folder that is not there is no error, only a warning in CoreDNS's log, as it may appear later. A second word on the
line is not an argument: CoreDNS takes it for a further use, which then lacks its argument.
""",
    examples=(
        Example(
            title="zone files in one folder",
            corefile="""\
example.org {
    root /etc/coredns/zones
    file example.org.zone
}
""",
        ),
    ),
)
