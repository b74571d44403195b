"""nsid: says which server answered."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Nsid(Config):
    """The name that clients get, None for the host name of the machine."""

    data: str | None = None


def read(args: Args) -> Nsid:
    words = args.rest()
    return Nsid(data=" ".join(word.text for word in words)) if words else Nsid()


PLUGIN = Plugin(
    name="nsid",
    summary="tells clients that ask for it which server answered",
    usage=("nsid [DATA...]",),
    config=Nsid,
    read=read,
    once=True,
    blockless=True,
    since="1.0.1",
    description="""\
A client that sends an empty NSID option (RFC 5001) gets DATA back in it, the host name of the machine unless given.
Several words are joined by one blank. Use it to tell the members of an anycast or a cluster apart; `dig +nsid` shows
it.

Everybody can ask for it: do not give away more than you want.
""",
    examples=(
        Example(
            title="a name for this site",
            corefile="""\
. {
    nsid edge-1.example.net
    forward . 192.0.2.1
}
""",
        ),
    ),
)
