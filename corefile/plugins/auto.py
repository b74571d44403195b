"""auto: answers from all zone files in a folder."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import Duration, FilePath, Pattern, Zone
from corefile.plugins.answering import Answers
from corefile.plugins.args import Args
from corefile.plugins.recurring import Upstream
from corefile.plugins.spec import Example, Plugin, Property

ZONE_FILES = Pattern(r"db\.(.*)")
"""The files that are taken unless told otherwise: `db.example.org`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Config):
    """Zone files in `directory` and below whose names `pattern` finds.

    `template` makes the origin out of its groups: `{1}` or `${1}` is the first. `zones` are those that are served,
    the block's when empty. `reload` is how often the folder is looked at, 0 for never. Uses of one block share one
    state: what a further one sets replaces what was set before.
    """

    zones: tuple[Zone, ...] = ()
    directory: FilePath = FilePath("")
    pattern: Pattern = ZONE_FILES
    template: str = "{1}"
    reload: Duration = Duration.of(60)


def again(config: Auto, args: Args) -> Auto:
    return replace(config, zones=args.origins(args.rest()))


def directory(config: Auto, args: Args) -> Auto:
    """`directory DIR [REGEXP ORIGIN_TEMPLATE]`."""
    folder = args.take("DIR")
    config = replace(config, directory=args.path(folder.text))
    args.need("CF402", "folder", folder.text, folder, fatal=False, asks_for=True, folder=True)
    pattern = args.maybe()
    if pattern is not None:
        config = replace(config, pattern=_pattern(args, pattern), template=args.take("ORIGIN_TEMPLATE").text)
    args.end()
    return config


def _pattern(args: Args, word: Word) -> Pattern:
    from corefile.golang.regexp import count_groups

    pattern = args.pattern(word)
    if not count_groups(pattern):
        args.refuse(
            "CF211", f"regular expression '{word.text}' has no group, at least one is needed for the origin", word
        )
    return pattern


def reload(config: Auto, args: Args) -> Auto:
    """CoreDNS ignores what follows the first argument."""
    return replace(config, reload=args.duration(args.rest(1, what="DURATION")[0], Duration(0), what="reload"))


def answers(config: Auto) -> Answers:
    """The zones whose files are in the directory; names of others go on."""
    return Answers(zones=config.zones, partly=True)


PLUGIN = Plugin(
    name="auto",
    summary="answers from all zone files in a folder, as they come and go",
    usage=("auto [ZONES...]",),
    config=Auto,
    answers=answers,
    again=again,
    properties=(
        Property(
            name="directory",
            read=directory,
            usage="directory DIR [REGEXP ORIGIN_TEMPLATE]",
            doc="The folder, searched with all folders below it. REGEXP chooses files by name, and ORIGIN_TEMPLATE "
            "makes the zone out of its groups: `{1}` is the first.",
            absent="none, no zone is found",
            short={"/zones": "/zones db\\.(.*) {1}"},
        ),
        Property(
            name="reload",
            read=reload,
            usage="reload DURATION",
            doc="How often the folder is looked at for new, removed and changed files; 0 for never.",
            default="1m",
            since="1.2.3",
        ),
        Upstream(doc="Without effect: CoreDNS looks up targets of CNAMEs outside of the zone by itself."),
    ),
    labels={"pattern": "directory pattern", "template": "directory template"},
    description=r"""
A file `db.example.org` in the folder is served as the zone `example.org`, if that is in ZONES (the block's unless
given) or below one of them. Names that no file's zone covers go on to the next plugin.

- REGEXP is searched for anywhere in the name: `(.*)\.zone` takes `a.zone.bak` too. Anchor it: `^(.*)\.zone$`. It needs
  at least one group. Of two files for one origin the first is kept.
- A missing folder and a broken file are only logged. Changed files are taken when the serial of their SOA differs.
- Of several `auto` in one block the last `directory` and the last ZONES count.
- Zone transfers need the `transfer` plugin; `transfer to` in this block is refused since 1.8.0.
""".lstrip(),
    examples=(
        Example(
            title="every zone below example.org that has a file",
            corefile="""\
example.org {
    auto {
        directory /etc/coredns/zones
    }
}
""",
        ),
        Example(
            title="files named after their zone, for all zones, with transfers",
            corefile="""\
. {
    auto {
        directory /etc/coredns/zones ^(.*)\\.zone$ {1}
        reload 30s
    }
    transfer {
        to 192.0.2.53
    }
}
""",
        ),
    ),
)
