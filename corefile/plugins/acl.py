"""acl: refuses, empties or drops queries by the client's address and the type asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from corefile.golang.letters import to_lower
from corefile.ir.mnemonics import TYPES
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import Network, Zone
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin, Property

SECTIONS = ("type", "net")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Config):
    """What is done with queries of these types from these networks; an empty tuple is all of them."""

    action: str = "allow"
    types: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acl(Config):
    """Policies for some zones (none: those of the server block); the first that fits a query decides."""

    zones: tuple[Zone, ...] = ()
    policies: tuple[Policy, ...] = ()


def read(args: Args) -> Acl:
    return Acl(zones=args.origins(args.rest()))


def policy(action: str) -> Callable[[Acl, Args], Acl]:
    """A reader of the lines of one action."""

    def read_policy(config: Acl, args: Args) -> Acl:
        return replace(config, policies=(*config.policies, _policy(args, action)))

    return read_policy


def _policy(args: Args, action: str) -> Policy:
    """`[type TYPES...] [net NETWORKS...]`, in any order and number."""
    words = args.remaining()
    types: list[str] = []
    networks: list[Network] = []
    at = 0
    while at < len(words):
        section = words[at]
        if not _is_section(section):
            args.refuse("CF209", f"'{section.text}' found, 'type' or 'net' is allowed here", section)
        end = next((i for i in range(at + 1, len(words)) if _is_section(words[i])), len(words))
        if end == at + 1:
            args.refuse("CF202", f"value missing after '{section.text}'", section)
        if to_lower(section.text) == "type":
            types += _types(args, words[at + 1 : end])
        else:
            networks += _networks(args, words[at + 1 : end])
        at = end
    return Policy(
        action=action,
        types=() if "*" in types else tuple(dict.fromkeys(types)),
        networks=() if "*" in networks else tuple(dict.fromkeys(networks)),
    )


def _is_section(word: Word) -> bool:
    return to_lower(word.text) in SECTIONS


def _types(args: Args, words: list[Word]) -> list[str]:
    """Names of types; `*` is all, and CoreDNS does not look at what follows it."""
    types: list[str] = []
    for word in words:
        if word.text == "*":
            return [*types, "*"]
        if word.text not in TYPES:
            args.refuse("CF209", f"'{word.text}' is not a type that CoreDNS knows, write it in capitals", word)
        types.append("*" if TYPES[word.text] == 0 else word.text)
    return types


def _networks(args: Args, words: list[Word]) -> list[Network]:
    """Networks or addresses; `*` is all, and CoreDNS does not look at what follows it."""
    networks: list[Network] = []
    for word in words:
        if word.text == "*":
            return [*networks, Network("*")]
        networks.append(_network(args, word))
    return networks


def _network(args: Args, word: Word) -> Network:
    from corefile.ir.ranges import parse_cidr

    text = word.text
    if "/" not in text:
        text += "/128" if ":" in text else "/32"
    network = parse_cidr(text)
    if network is None:
        args.refuse("CF208", f"'{word.text}' is neither an address nor a range such as '192.0.2.0/24'", word)
    return Network(str(network))


def _property(action: str, doc: str, since: str = "") -> Property[Acl]:
    usage = f"{action} [type TYPES...] [net NETWORKS...]"
    return Property(
        name=action,
        read=policy(action),
        usage=usage,
        doc=doc,
        absent="none",
        short={"": "type * net *"},
        since=since,
    )


PLUGIN = Plugin(
    name="acl",
    summary="refuses, empties or drops queries by the client's address and the type asked",
    usage=("acl [ZONES...]",),
    config=Acl,
    read=read,
    any_case=True,
    properties=(
        _property("allow", "Passes the query on; no later policy is looked at."),
        _property("block", "Answers REFUSED, with the extended error *Blocked*."),
        _property("filter", "Answers NOERROR without records, with the extended error *Filtered*.", "1.8.3"),
        _property("drop", "Gives no answer at all.", "1.10.1"),
    ),
    since="1.6.4",
    labels={"policies": "policy"},
    description="""\
The policies of a use are looked at in their order, and the first one whose types and networks both fit decides. **A
query that fits none is passed on**: to let only some clients in, end with a bare `block`. Several uses in a block are
looked at one after the other, each for its own zones.

NETWORKS are ranges or single addresses, TYPES are names in capitals. `*` is all of them, as is leaving the section
out; what stands behind a `*` in the same section is not read.

The address is that of the packet, so clients behind a forwarder or NAT look alike; `proxyproto` helps behind load
balancers. Before 1.14.7 answers in `cache` and queries changed by `rewrite` could pass it by, because those plugins
came first.
""",
    examples=(
        Example(
            title="answer two networks only",
            corefile="""\
. {
    acl {
        allow net 192.0.2.0/24 2001:db8::/32
        block
    }
    forward . 198.51.100.1
}
""",
        ),
        Example(
            title="hide text records of one zone from everybody outside",
            corefile="""\
. {
    acl internal.example.org {
        allow net 192.0.2.0/24
        filter type TXT
    }
    forward . 198.51.100.1
}
""",
        ),
    ),
)
