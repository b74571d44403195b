"""chaos: says in class CH which server this is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin

LONGEST = 255
"""Bytes that one string of a TXT record holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chaos(Config):
    """What `version.bind` and `authors.bind` say; None: the server's own name and version, and its own authors."""

    version: str | None = None
    authors: tuple[str, ...] | None = None


def read(args: Args) -> Chaos:
    return from_words([word.text for word in args.rest()])


def from_words(words: Sequence[str]) -> Chaos:
    """`[VERSION [AUTHORS...]]`. Each author once, sorted; only a version with authors is not cut to what TXT holds."""
    if not words:
        return Chaos()
    if len(words) == 1:
        return Chaos(version=cut(words[0]))
    return Chaos(version=words[0], authors=tuple(sorted(cut(author) for author in set(words[1:]))))


def cut(text: str) -> str:
    """The text cut to 255 bytes."""
    if len(text) * 4 <= LONGEST:
        return text
    return text.encode("utf-8", "surrogateescape")[:LONGEST].decode("utf-8", "surrogateescape")


PLUGIN = Plugin(
    name="chaos",
    summary="answers TXT queries in class CH for the server's version, authors and host name",
    usage=("chaos [VERSION [AUTHORS...]]",),
    config=Chaos,
    read=read,
    first_only=True,
    description="""\
Queries for `version.bind` and `version.server` get VERSION, those for `authors.bind` a record for each of AUTHORS in
random order (without them for the authors of the software), and `hostname.bind` and `id.server` the host's name. Only
type TXT in class CH is answered, everything else is passed on.

The names must fall into the block's zones: either `.`, or the five of them as keys. By default the version of the
software is told to everybody who asks; set VERSION to something of your own where that is not wanted.

A listener refuses all classes but IN unless one of its blocks has `chaos` or `forward`. There are no properties.
Further uses in the same block are ignored.
""",
    examples=(
        Example(
            title="tell which server of several answered",
            corefile="""\
version.bind version.server authors.bind hostname.bind id.server {
    chaos resolver hostmaster@example.org
}
""",
        ),
    ),
)
