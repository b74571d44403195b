"""hosts: addresses from a file in the format of /etc/hosts, and from lines in the Corefile."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.ir.values import Duration, FilePath, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts(Config):
    """What one `hosts` says.

    `path` is the file; it need not exist. `zones` are the names it answers for, the block's zones when empty (reverse
    names are answered whatever the zones are). `inline` are the lines of the block in the file's format, words joined
    by one space. `ttl` is in seconds. `reload` is how often the file is looked at, 0 for never. `reverse` is false with
    `no_reverse`. `fallthrough` are the zones in which a name that is not known goes on to the next plugin: empty for
    none, the root for all. `fallthrough_unsupported` lets types other than A, AAAA and PTR go on too.
    """

    path: FilePath = FilePath("/etc/hosts")
    zones: tuple[Zone, ...] = ()
    inline: tuple[str, ...] = ()
    ttl: int = 3600
    reload: Duration = Duration.of(5)
    reverse: bool = True
    fallthrough: tuple[Zone, ...] = ()
    fallthrough_unsupported: bool = False
