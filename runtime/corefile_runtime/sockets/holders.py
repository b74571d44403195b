"""Who has a port: what Linux tells in `/proc`, as far as it lets us look."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Iterator
from time import monotonic
from typing import NamedTuple

from corefile_runtime.sockets.addresses import pack_address

PATIENCE = 0.1
"""Seconds for which processes are looked through: queries may wait meanwhile."""
LISTENING = "0A"
"""The state of a TCP socket that listens, in `/proc/net/tcp`."""
_MAPPED = b"\0" * 10 + b"\xff\xff"


class Holder(NamedTuple):
    """A socket that keeps others from a port, and the user whose it is."""

    inode: str
    user: int


def describe_holder(protocol: str, host: str, port: int, proc: str = "/proc") -> str:
    """`process 812 (systemd-resolve)`; the user alone where processes cannot be seen; empty where nothing is known."""
    holder = next(_find_holders(protocol, host, port, proc), None)
    if holder is None:
        return ""
    process = _find_process(holder.inode, proc)
    if process is None:
        return f"a process of user {_user_name(holder.user)}"
    if process == os.getpid():
        return "this process"
    return f"process {process} ({_read(f'{proc}/{process}/comm').strip()})"


def _find_holders(protocol: str, host: str, port: int, proc: str) -> Iterator[Holder]:
    for family in ("", "6"):
        for line in _read(f"{proc}/net/{protocol}{family}").splitlines()[1:]:
            fields = line.split()
            address, _, number = fields[1].partition(":")
            is_open = protocol == "udp" or fields[3] == LISTENING
            if is_open and int(number, 16) == port and _overlap(host, address):
                yield Holder(fields[9], int(fields[7]))


def _overlap(host: str, address: str) -> bool:
    """Whether a socket there keeps others from a host; `address` is hexadecimal, in words of the machine's order."""
    words = bytes.fromhex(address)
    octets = b"".join(words[at : at + 4][::-1] for at in range(0, len(words), 4))
    octets = octets.removeprefix(_MAPPED) if len(octets) == 16 else octets
    return not host or not any(octets) or octets == pack_address(host)


def _find_process(inode: str, proc: str) -> int | None:
    wanted, end = f"socket:[{inode}]", monotonic() + PATIENCE
    for entry in os.listdir(proc):
        if entry.isdigit() and monotonic() < end:
            with contextlib.suppress(OSError):  # it has ended, or is somebody else's
                folder = f"{proc}/{entry}/fd"
                if any(os.readlink(f"{folder}/{number}") == wanted for number in os.listdir(folder)):
                    return int(entry)
    return None


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
