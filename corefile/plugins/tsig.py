"""tsig: checks and makes signatures of messages between servers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir import names
from corefile.ir.mnemonics import OPCODES, TYPES
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import FilePath, Secret, Zone
from corefile.plugins.args import Args
from corefile.plugins.refusing import article
from corefile.plugins.spec import Example, Plugin, Property

ALL = "all"


NO_SECRET = Secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class TsigKey(Config):
    """A key: its name, and its secret in base64."""

    name: Zone = Zone(".")
    secret: Secret = NO_SECRET


@dataclass(frozen=True, slots=True, kw_only=True)
class Tsig(Config):
    """The keys, and what must be signed with one, in `zones` (the block's when empty).

    `key_files` are in BIND's format. `types` and `opcodes` are names; a single `all` stands for every one.
    """

    zones: tuple[Zone, ...] = ()
    keys: tuple[TsigKey, ...] = ()
    key_files: tuple[FilePath, ...] = ()
    types: tuple[str, ...] = ()
    opcodes: tuple[str, ...] = ()


def read(args: Args) -> Tsig:
    return Tsig(zones=args.origins(args.rest()))


def secret(config: Tsig, args: Args) -> Tsig:
    """`secret NAME KEY`; CoreDNS does not look at the key before it is used."""
    name, key = args.rest(2, 2, "NAME or KEY")
    zone = Zone(names.normalize(name.text))
    if any(zone == known.name for known in config.keys):
        args.refuse("CF214", f"key '{zone}' is defined again, each name is allowed once", name)
    return replace(config, keys=(*config.keys, TsigKey(name=zone, secret=args.secret(key))))


def secrets(config: Tsig, args: Args) -> Tsig:
    return replace(config, key_files=(*config.key_files, args.file(args.one("FILE"), "file with TSIG keys")))


def require(config: Tsig, args: Args) -> Tsig:
    return replace(config, types=_required(args, config.types, TYPES, "type"))


def require_opcode(config: Tsig, args: Args) -> Tsig:
    return replace(config, opcodes=_required(args, config.opcodes, OPCODES, "opcode"))


def _required(args: Args, before: tuple[str, ...], known: dict[str, int], what: str) -> tuple[str, ...]:
    """`all`, `none` or names in capitals. A further line replaces the list, but never takes `all` back."""
    words = args.rest(1, what=f"{what.upper()}, 'all' or 'none'")
    if words[0].text in (ALL, "none"):  # CoreDNS ignores what follows
        found: tuple[str, ...] = (ALL,) if words[0].text == ALL else ()
    else:
        found = tuple(_mnemonic(args, word, known, what) for word in words)
    return (ALL,) if before == (ALL,) else tuple(dict.fromkeys(found))


def _mnemonic(args: Args, word: Word, known: dict[str, int], what: str) -> str:
    if word.text not in known:
        upper = word.text.upper()
        args.refuse(
            "CF209",
            f"'{word.text}' is not {article(what)} that CoreDNS knows",
            word,
            help=f"write '{upper}'" if upper in known else "",
        )
    return word.text


PLUGIN = Plugin(
    name="tsig",
    summary="checks TSIG signatures of queries and signs the replies (RFC 8945)",
    usage=("tsig [ZONES...]",),
    config=Tsig,
    read=read,
    once=True,
    since="1.9.4",
    properties=(
        Property(
            name="secret",
            read=secret,
            usage="secret NAME KEY",
            doc="A key: its name and its secret in base64. Several lines add up, each name once.",
            absent="none",
        ),
        Property(
            name="secrets",
            read=secrets,
            usage="secrets FILE",
            doc="Keys from a file in BIND's format (`key NAME { secret ...; };`); its `algorithm` is ignored.",
            absent="none",
        ),
        Property(
            name="require",
            read=require,
            usage="require all|none|TYPE...",
            doc="Query types that must be signed, in capitals; others may be.",
            default="none",
        ),
        Property(
            name="require_opcode",
            read=require_opcode,
            usage="require_opcode all|none|OPCODE...",
            doc="Opcodes that must be signed: QUERY, IQUERY, STATUS, NOTIFY, UPDATE.",
            default="none",
            since="1.14.3",
        ),
    ),
    labels={"keys": "secret", "key_files": "secrets", "types": "require", "opcodes": "require_opcode"},
    description="""\
A signed query is checked and its reply signed. Where a signature is required and missing the answer is REFUSED, and
NOTAUTH where it is wrong. Transfers are signed too.

- Key names compare with their case: give the client the name in lower case. HMAC-MD5 is not supported.
- Keys are shared by all blocks on a port.
- Outside of ZONES (the block's unless given) signatures are not checked.
- A secret in a Corefile is readable by whoever can read the Corefile: prefer `secrets FILE`. CoreDNS answers any
  mistake in this block with *wrong argument count*.
- A block may have it once.
""",
    examples=(
        Example(
            title="transfers only with a signature",
            corefile="""\
example.org {
    tsig {
        secret transfer.example.org. c2VjcmV0LWtleS1vZi0yNC1ieXRlcw==
        require AXFR IXFR
    }
    transfer {
        to *
    }
    file db.example.org
}
""",
        ),
    ),
)
