"""dnssec: signs answers as they leave."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.ir.values import FilePath, Zone
from corefile.plugins.args import Args
from corefile.plugins.key_files import key_files
from corefile.plugins.spec import Example, Plugin, Property

CAPACITY = 10000
"""Signatures that are kept unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dnssec(Config):
    """The keys with which answers in `zones` (the block's when empty) are signed.

    `key_files` are names without ending, `secrets` are those of AWS Secrets Manager. `capacity` is how many signatures
    are kept.
    """

    zones: tuple[Zone, ...] = ()
    key_files: tuple[FilePath, ...] = ()
    secrets: tuple[str, ...] = ()
    capacity: int = CAPACITY


def read(args: Args) -> Dnssec:
    return Dnssec(zones=args.origins(args.rest()))


def key(config: Dnssec, args: Args) -> Dnssec:
    """`key file|aws_secretsmanager KEY...`; CoreDNS takes any other word for nothing, alone on its line."""
    kind = args.take("'file' or 'aws_secretsmanager'")
    if kind.text == "file":
        return replace(config, key_files=(*config.key_files, *key_files(args)))
    if kind.text == "aws_secretsmanager":
        words = args.rest(1, what="SECRET")
        for word in words:
            args.need("CF405", "AWS secret", word.text, word, checkable=False)
        return replace(config, secrets=(*config.secrets, *(word.text for word in words)))
    return config


def cache_capacity(config: Dnssec, args: Args) -> Dnssec:
    """Any integer; CoreDNS makes something of small and negative ones."""
    return replace(config, capacity=args.integer(args.take("CAPACITY"), what="capacity"))


PLUGIN = Plugin(
    name="dnssec",
    summary="signs answers on the fly with DNSSEC keys",
    usage=("dnssec [ZONES...]",),
    config=Dnssec,
    read=read,
    once=True,
    properties=(
        Property(
            name="key",
            read=key,
            usage="key file|aws_secretsmanager KEY...",
            doc="Keys to sign with: pairs `KEY.key` and `KEY.private`, or secrets in AWS Secrets Manager (1.11.4). "
            "Several lines add up. They must be there at start.",
            absent="none",
        ),
        Property(
            name="cache_capacity",
            read=cache_capacity,
            usage="cache_capacity CAPACITY",
            doc="How many signatures are kept.",
            default="10000",
        ),
    ),
    labels={"key_files": "key file", "secrets": "key aws_secretsmanager", "capacity": "cache_capacity"},
    description="""\
Answers to queries with the DO bit are signed as they leave, in ZONES (the block's unless given), also forwarded ones.
A negative answer is NOERROR with an NSEC made for the name (RFC 4470), never NXDOMAIN.

- A key's name must be one of ZONES or above one, else CoreDNS does not start. Paths are relative to `root`.
- With a KSK and a ZSK, the KSK signs the DNSKEY set and the ZSK the rest; any other mix signs everything with every
  key.
- Without `key` the plugin signs nothing but still answers DNSKEY. So it does when the word after `key` is misspelt.
- Do not add it where the data is signed already. A block may have it once.
""",
    examples=(
        Example(
            title="a zone signed on the fly with one key",
            corefile="""\
example.org {
    dnssec {
        key file /etc/coredns/Kexample.org.+013+45330
    }
    file db.example.org
}
""",
        ),
    ),
)
