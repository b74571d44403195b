"""Server block keys: text to zones, ports and transports, as CoreDNS inspects them before any plugin is set up."""

from __future__ import annotations

from corefile.diag.diagnostic import Diagnostic, Rank
from corefile.ir.names import DEFAULT_PORTS, NameFault, fqdn, normalize, split_host_port, split_transport
from corefile.ir.program import Key
from corefile.ir.source import Word

ZONES = Rank(2)


def read_keys(words: tuple[Word, ...], default_port: str = "53") -> tuple[tuple[Key, ...], list[Diagnostic]]:
    """The keys of one block, ranges expanded in their place. `default_port` is that of plain DNS."""
    keys: list[Key] = []
    faults: list[Diagnostic] = []
    for word in words:
        try:
            keys.extend(_read_key(word, default_port))
        except NameFault as fault:
            faults.append(Diagnostic(fault.code, "error", fault.reason, word.span, help=_help(word, fault), rank=ZONES))
    return tuple(keys), faults


def _read_key(word: Word, default_port: str) -> list[Key]:
    transport, text = split_transport(word.text)
    names, port = split_host_port(text)
    for name in names:
        split_host_port(fqdn(name))
    if not port:
        port = default_port if transport == "dns" else DEFAULT_PORTS[transport]
    number = int(port) if port else 0
    return [Key(transport=transport, zone=normalize(name), port=number, word=word) for name in names]


def _help(word: Word, fault: NameFault) -> str:
    if fault.code == "CF123" and word.text.endswith("{"):
        return f"put a blank before '{{': '{word.text[:-1]} {{'"
    if fault.code == "CF121":
        return f"give a port, or leave out the colon: '{word.text[:-1]}'" if word.text[:-1] else "give a zone"
    return ""
