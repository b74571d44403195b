from dataclasses import dataclass, replace

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Plugin, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo(Config):
    inside: str = "192.0.2.1"
    outside: str = "198.51.100.1"


def read(args: Args) -> Demo:
    args.none()
    return Demo()


def address(args: Args) -> str:
    if ":" in (found := args.ip(args.one("address"))):
        args.refuse("CF208", f"'{found}' is no IPv4 address")
    return found


PLUGIN = Plugin(
    name="demo", summary="answers A queries by where the client is", usage=("demo",), before="forward", since="",
    config=Demo, read=read, once=True,
    properties=(
        Property(name="inside", usage="inside ADDRESS", default="192.0.2.1", doc="For clients in 127/8 and 172/8.",
                 read=lambda config, args: replace(config, inside=address(args))),
        Property(name="outside", usage="outside ADDRESS", default="198.51.100.1", doc="For all others.",
                 read=lambda config, args: replace(config, outside=address(args))),
    ),
)  # fmt: skip
