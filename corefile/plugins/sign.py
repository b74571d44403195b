"""sign: signs a zone file and keeps the signatures fresh."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.values import FilePath, Zone
from corefile.plugins.args import Args
from corefile.plugins.key_files import key_files
from corefile.plugins.spec import Example, Plugin, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign(Config):
    """What one `sign` says: `path` is signed with `keys` for `zones` (the block's when empty).

    The result goes to `directory`, as `db.ZONE.signed`. `keys` are file names without ending.
    """

    path: FilePath = FilePath("")
    zones: tuple[Zone, ...] = ()
    keys: tuple[FilePath, ...] = ()
    directory: FilePath = FilePath("/var/lib/coredns")


def read(args: Args) -> Sign:
    """`sign DBFILE [ZONES...]`; the file is read later, a missing one is only logged."""
    path = args.take("DBFILE")
    if "\ufffd" in path.text:
        args.refuse("CF215", f"path '{path.text}' has a character that is no UTF-8", path)
    return Sign(path=FilePath(path.text), zones=args.origins(args.rest()))


def key(config: Sign, args: Args) -> Sign:
    """`key file KEYFILE...`; CoreDNS takes any other word than `directory` for nothing, alone on its line."""
    kind = args.take("'file'")
    if kind.text == "file":
        return replace(config, keys=(*config.keys, *key_files(args)))
    if kind.text == "directory":
        args.refuse("CF209", "'key directory' is not supported by CoreDNS, 'key file' is", kind)
    return config


def directory(config: Sign, args: Args) -> Sign:
    return replace(config, directory=FilePath(args.one("DIR").text))


PLUGIN = Plugin(
    name="sign",
    summary="signs a zone file with DNSSEC keys, and again before the signatures run out",
    usage=("sign DBFILE [ZONES...]",),
    config=Sign,
    read=read,
    since="1.6.3",
    properties=(
        Property(
            name="key",
            read=key,
            usage="key file KEYFILE...",
            doc="Key-signing keys (flags 257), the pair `KEYFILE.key` and `KEYFILE.private`. Several lines add up. "
            "They must be there at start.",
            absent="none",
        ),
        Property(
            name="directory",
            read=directory,
            usage="directory DIR",
            doc="Where the signed zone is written, as `db.ZONE.signed`.",
            default="/var/lib/coredns",
        ),
    ),
    labels={"path": "FILE", "keys": "key"},
    description="""\
DBFILE is signed for each of ZONES (the block's unless given) and written to `directory`, when CoreDNS starts and before
signatures run out. It answers nothing itself: serve the signed file with `file` or `auto`.

- Keys must be KSKs; a ZSK (flags 256) keeps CoreDNS from starting.
- A DBFILE that is missing or broken is only logged, and the zone stays unsigned. So does `directory` without a right to
  write.
- Serials become Unix time.
- Mistyped words after `key` are accepted and sign nothing.
""",
    examples=(
        Example(
            title="sign a zone and serve it",
            corefile="""\
example.org {
    file /var/lib/coredns/db.example.org.signed
    sign /etc/coredns/db.example.org {
        key file /etc/coredns/Kexample.org.+013+45330
    }
}
""",
        ),
    ),
)
