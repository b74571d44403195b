"""file: answers from a zone file."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from posixpath import normpath

from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import Duration, FilePath, Zone
from corefile.plugins.answering import by_zone
from corefile.plugins.args import Args
from corefile.plugins.recurring import Fallthrough, Flag, Upstream
from corefile.plugins.refusing import Refused
from corefile.plugins.spec import Example, Plugin, Property, read_block, skip_line

_FOLDER = re.compile(r"(?:\.{0,2}/)*\.{0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class File(Config):
    """What one `file` says: zone data from `path` for `zones`, those of the block when empty.

    `reload` is how often the file is looked at, 0 for never; by its time with `reload_by_mtime`, else by its serial. A
    further `file` of the block begins with the values of the one before. `fallthrough` are the zones in which a name
    that does not exist goes on to the next plugin, empty for none; it is one for all files of a block.
    """

    path: FilePath = FilePath("")
    zones: tuple[Zone, ...] = ()
    reload: Duration = Duration.of(60)
    reload_by_mtime: bool = False
    fallthrough: tuple[Zone, ...] = ()


def parse(args: Args) -> tuple[File, ...]:
    found: list[File] = []
    while args.next():
        args.marks.append((args.use, "", args.at))
        found.append(_read_use(found[-1] if found else File(), args))
        args.use += 1
    _need_files(found, args)
    return tuple(replace(config, fallthrough=found[-1].fallthrough) for config in found)


def _read_use(before: File, args: Args) -> File:
    start = args.at
    args.usage = PLUGIN.usage[0]
    config = before
    try:
        config = read(before, args)
    except Refused:
        skip_line(args, start)
    return read_block(args, {prop.name: prop for prop in PLUGIN.properties}, config)


def read(before: File, args: Args) -> File:
    """`file DBFILE [ZONES...]`."""
    path = args.take("DBFILE")
    words = args.rest()
    zones = args.zones(words)
    if _FOLDER.fullmatch(normpath(path.text)) and not args.use and (zones or not words):
        args.refuse("CF215", f"'{path.text}' is a folder, a zone file is expected", path)
    return replace(before, path=FilePath(path.text), zones=args.origins(words))


def reload(config: File, args: Args) -> File:
    """CoreDNS ignores what follows the first argument."""
    return replace(config, reload=args.duration(args.rest(1, what="DURATION")[0]))


def reload_by_mtime(config: File, _args: Args) -> File:
    return replace(config, reload_by_mtime=True)


def _need_files(found: list[File], args: Args) -> None:
    """A missing file is waited for, unless the last `reload` is never."""
    fatal = bool(found) and found[-1].reload == 0
    for config, at in zip(found, [at for _, name, at in args.marks if not name], strict=True):
        if config.path and at + 1 < len(args.words):
            word: Word = args.words[at + 1]
            args.file(word, "zone file", fatal=fatal)


PLUGIN = Plugin(
    name="file",
    summary="answers from a zone file, with authority",
    usage=("file DBFILE [ZONES...]",),
    config=File,
    answers=by_zone,
    parse=parse,
    properties=(
        Property(
            name="reload",
            read=reload,
            usage="reload DURATION",
            doc="How often the file is looked at; a changed serial of its SOA makes it be read again. 0 for never.",
            default="1m",
            since="1.2.3",
        ),
        Flag(
            name="reload_by_mtime",
            read=reload_by_mtime,
            doc="Reads the file again when its time has changed, whatever the serial.",
            since="1.14.4",
        ),
        Fallthrough(
            doc="Names that do not exist go on to the next plugin, in these zones or in all. One for all `file`s of a "
            "block: the last counts.",
            since="1.12.2",
        ),
        Upstream(doc="Without effect: CoreDNS looks up targets of CNAMEs outside of the zone by itself."),
    ),
    labels={"path": "FILE"},
    description="""\
DBFILE is a zone file (RFC 1035) with one SOA; a relative path is taken from `root`, else from the working directory.
It is read once for each of ZONES, those of the server block unless given, with the zone as origin: in a block for `.`
without ZONES the server is the authority for the whole DNS, and relative names are taken as top-level ones.

- A missing file does not keep CoreDNS from starting: queries get SERVFAIL until it appears. Only with `reload 0` it is
  fatal. A file that is there and has an error always is.
- An edited file is taken only when its serial differs.
- Without `fallthrough` names that do not exist are NXDOMAIN; NODATA never falls through.
- `file` again in the same block begins with `reload` and `reload_by_mtime` of the one before.
- Zone transfers need the `transfer` plugin; `transfer to` in this block is refused since 1.8.0.
""",
    examples=(
        Example(
            title="one zone from one file",
            corefile="""\
example.org {
    file db.example.org
}
""",
        ),
        Example(
            title="two zones from one file, with transfers, checked every 10 seconds",
            corefile="""\
example.org example.net {
    file /etc/coredns/db.example {
        reload 10s
    }
    transfer {
        to 192.0.2.53
    }
    errors
}
""",
        ),
    ),
)
