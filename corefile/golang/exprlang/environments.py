"""The environments of CoreDNS's expressions: what each has, by name."""

from __future__ import annotations

from collections.abc import Mapping

from corefile.golang.exprlang.natures import ANY, BOOL, INT, POINTER_TO_ANY, STRING, Nature, function, plain

Environment = Mapping[str, Nature]

# plugin `view`: https://coredns.io/plugins/view/
VIEW: Environment = {
    **dict.fromkeys(
        ("name", "type", "class", "proto", "client_ip", "port", "server_ip", "server_port"), function(STRING)
    ),
    **dict.fromkeys(("size", "id", "opcode", "bufsize"), function(INT)),
    "do": function(BOOL),
    "metadata": function(STRING, STRING),
    "incidr": function(BOOL, STRING, STRING),
}

# plugin `template`: the same, and the groups of its pattern
TEMPLATE: Environment = {**VIEW, "group": function(STRING, ANY)}

# CoreDNS switches this built-in function off, to have the name for itself.
DISABLED = frozenset(("type",))


def with_variable(environment: Environment, name: str, nature: Nature) -> Environment:
    """The environment after `template`'s `var NAME EXPRESSION`, whose value has this type."""
    known = POINTER_TO_ANY if not nature.kind or nature.kind == "interface" else plain(nature)
    return {**environment, name: known}
