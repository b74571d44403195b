"""The upstreams of `forward`: addresses, files in the format of resolv.conf, and host names."""

from __future__ import annotations

from typing import NamedTuple

from corefile.golang.faults import ValueFault
from corefile.golang.values import parse_atoi
from corefile.ir.addresses import FOLDERS, host_port_or_file, join_host_port, parse_ip, split_host_port
from corefile.ir.names import DEFAULT_PORTS, domain_name_fault, is_host_name, split_transport
from corefile.ir.ranges import parse_cidr
from corefile.ir.source import Word
from corefile.ir.values import FilePath
from corefile.plugins.args import Args
from corefile.plugins.forward.config import Forward, Upstream

TRANSPORTS = ("dns", "tls", "https")
"""What CoreDNS can forward over."""


class Host(NamedTuple):
    """A word that may be a host name: transport, name, port as written, and what stands behind `%`."""

    transport: str
    name: str
    port: str
    server_name: str


def read_upstream(args: Args, config: Forward, word: Word) -> tuple[str, Upstream] | None:
    """The upstream that a word stands for, and the text by which CoreDNS finds that two of them are the same.

    None for a folder, which CoreDNS passes over.
    """
    transport, rest = split_transport(word.text)
    if transport == "https" and "/" in rest:
        args.refuse(
            "CF215",
            f"upstream '{word.text}' has a path, none is allowed",
            word,
            notes=("the path of DNS over HTTPS is always /dns-query",),
        )
    target = host_port_or_file(word.text)
    if target is None:
        args.refuse("CF208", f"upstream '{word.text}' has no address", word)
    if target.path in FOLDERS:
        return None
    server = target.server if target.server is not None else _scoped_address(config, word.text)
    if server is None:
        upstream = _read_host(args, config, word, target.path)
        return f"{upstream.transport}://{upstream.path}", upstream
    return _read_server(args, config, word, server)


def _read_server(args: Args, config: Forward, word: Word, server: str) -> tuple[str, Upstream]:
    """An address: `server` is how CoreDNS completed it."""
    bare, server_name = split_scope(server)
    transport, address = split_transport(bare)
    _check_transport(args, word, transport)
    _check_server_name(args, config, word, transport, server_name)
    host, port = split_host_port(address) or (address, "")
    number, service = _port(port)
    return address, Upstream(transport=transport, host=host, port=number, server_name=server_name, service=service)


def _scoped_address(config: Forward, text: str) -> str | None:
    """An IPv6 address with a scope and something behind a further `%`.

    CoreDNS takes it for a host name, and Go's resolver gives the address back; a `resolver` is asked for it in vain.
    """
    found = None if config.resolver else _host(text)
    if found is None:
        return None
    address, _, scope = found.name.partition("%")
    if not scope or ":" not in address or parse_ip(address) is None:
        return None
    if found.transport == "dns":
        return join_host_port(found.name, found.port)
    name = f"{found.name}%{found.server_name}" if found.server_name else found.name
    return f"{found.transport}://{join_host_port(name, found.port)}"


def _read_host(args: Args, config: Forward, word: Word, path: str) -> Upstream:
    """No address: the name of a file or of a host, which the machine that starts the server must know."""
    found = _host(word.text)
    if "/" in path and "://" not in path and parse_cidr(path) is None:
        args.need("CF402", "file with nameservers", path, word, rooted=False)
    elif found is None:
        _check_transport(args, word, split_transport(word.text)[0])
        args.refuse("CF208", f"upstream '{word.text}' is not an IP address, a file or a host name", word)
    elif not (config.resolver or is_host_name(found.name)):
        args.refuse(
            "CF208",
            f"upstream '{word.text}' is not an IP address, and '{found.name}' can be no host name",
            word,
            help="an upstream is an address, a file such as /etc/resolv.conf, or a host name",
        )
    else:
        args.need("CF404", "host name", found.name, word, checkable=False)
    if found is None:
        return Upstream(host=path, literal=False, path=FilePath(path))
    _check_server_name(args, config, word, found.transport, found.server_name)
    number, service = _port(found.port)
    return Upstream(
        transport=found.transport,
        host=found.name,
        port=number,
        server_name=found.server_name,
        literal=False,
        path=FilePath(path),
        service=service,
    )


def _host(text: str) -> Host | None:
    bare, server_name = split_scope(text)
    transport, host = split_transport(bare)
    if transport not in TRANSPORTS:
        return None
    name, port = split_host_port(host) or (host, DEFAULT_PORTS[transport])
    name = name.strip("[]")
    if domain_name_fault(name) or parse_ip(name) is not None:
        return None
    return Host(transport, name, port, server_name)


def split_scope(text: str) -> tuple[str, str]:
    """What stands before and behind the last `%` of `[SCHEME://]HOST%NAME[:PORT]`; a port stays with the host."""
    scheme, separator, host = text.partition("://")
    if not separator:
        scheme, host = "", text
    name = ""
    if "%" in host:
        host, _, name = host.rpartition("%")
        if host.startswith("["):
            host += "]"
        if ":" in name:
            name, _, port = name.rpartition(":")
            host += f":{port}"
            name = name.removesuffix("]")
    return (f"{scheme}://{host}" if scheme else host), name


def _port(text: str) -> tuple[int, str]:
    try:
        number = parse_atoi(text) if text else 0
    except ValueFault:
        return 0, text
    return (number, "") if 0 <= number <= 65535 else (0, text)


def _check_transport(args: Args, word: Word, transport: str) -> None:
    if transport not in TRANSPORTS:
        args.refuse(
            "CF209", f"transport '{transport}' is not supported for upstreams, {', '.join(TRANSPORTS)} are", word
        )


def _check_server_name(args: Args, config: Forward, word: Word, transport: str, server_name: str) -> None:
    if transport == "tls" and server_name and config.tls_servername:
        args.refuse(
            "CF214",
            f"upstream '{word.text}' has a server name, and 'tls_servername' gives another one, only one is allowed",
            word,
            related=(("given here for all upstreams", args.index(args.named("tls_servername"))),),
        )
