"""log: writes a line about each query to the standard output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast

from corefile.ir import names
from corefile.ir.program import Config
from corefile.ir.values import Zone
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property

Class = Literal["all", "success", "denial", "error"]

CLASSES: tuple[Class, ...] = ("all", "success", "denial", "error")

COMMON = (
    '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}"'
    " {rcode} {>rflags} {rsize} {duration}"
)
COMBINED = COMMON + ' "{>opcode}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Log(Config):
    """What one `log` says.

    `names` are the zones whose queries it writes, `format` the line, with `{common}` and `{combined}` already replaced,
    `classes` the kinds of replies. Of all rules of a block the first whose zone holds the name decides.
    """

    names: tuple[Zone, ...] = (Zone("."),)
    format: str = COMMON
    classes: tuple[Class, ...] = ("all",)


def read(args: Args) -> Log:
    """`log [NAMES...] [FORMAT]`: what has a brace in it is a format, but only behind a name."""
    words = [word.text for word in args.rest()]
    config = Log()
    if len(words) > 1 and "{" in words[-1]:
        line = words.pop().replace("{common}", COMMON).replace("{combined}", COMBINED)
        config = replace(config, format=line)
    if words:
        config = replace(config, names=tuple(Zone(names.normalize(word)) for word in words))
    return config


def class_(config: Log, args: Args) -> Log:
    """Several lines add up; the order says nothing."""
    wanted = {args.choice(word, CLASSES, "class") for word in args.rest(1, what="class")}
    if len(args.places("class")) > 1:
        wanted.update(config.classes)
    return replace(config, classes=cast("tuple[Class, ...]", tuple(name for name in CLASSES if name in wanted)))


PLUGIN = Plugin(
    name="log",
    summary="writes a line about each query and its reply to the standard output",
    usage=("log [NAMES...] [FORMAT]",),
    short={"": '. "{common}"'},
    config=Log,
    read=read,
    properties=(
        Property(
            name="class",
            read=class_,
            usage="class all|success|denial|error...",
            doc="Which replies are written. Several classes and several lines add up.",
            default="all",
        ),
    ),
    labels={"names": "zone", "classes": "class"},
    description="""\
Without arguments every query of the server block gets a line. With NAMES only queries at or below one of them do. Of
several `log` lines the first whose names match decides, with its classes too: a later line is no second chance.

FORMAT is the line to write. It may contain these placeholders; what is not known stays as it is:

| placeholder | what it stands for |
|---|---|
| `{common}`, `{combined}` | the two ready-made formats; the second adds the opcode |
| `{type}`, `{class}`, `{name}` | of the question |
| `{remote}`, `{port}`, `{local}`, `{proto}` | the client's address and port, the server's address, `udp` or `tcp` |
| `{size}`, `{rsize}` | bytes of query and reply, both uncompressed |
| `{duration}`, `{rcode}` | time taken, response code |
| `{>id}`, `{>opcode}`, `{>do}`, `{>bufsize}`, `{>rflags}` | of the headers; DO and buffer size are those of EDNS |
| `{/plugin/label}` | what a plugin published; `metadata` must be in the block, else `-` |

The classes: `success` are answers and referrals, `denial` NXDOMAIN and NODATA, `error` all the rest.

Traps: a format alone is taken for a name (`log "{common}"` writes nothing), so name the zone first: `log .
"{common}"`. A format with blanks needs quotes. Writing every query costs more than answering it; `class denial error`
is what is mostly wanted in production. What the server refuses before a block is chosen is never written.
""",
    examples=(
        Example(
            title="write every query",
            corefile="""\
. {
    log
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="write failures only, and for one zone all, in a short form",
            corefile="""\
. {
    log example.org "{remote} {type} {name} {rcode} {duration}"
    log . {
        class denial error
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
