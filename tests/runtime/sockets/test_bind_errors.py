"""What is said of a port that cannot be had: who has it, and what to do."""

import errno
import os
import socket
from pathlib import Path

import pytest
from corefile_runtime.sockets import bind_errors
from corefile_runtime.sockets.bind_errors import explain_bind
from corefile_runtime.sockets.holders import describe_holder

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
STUB = "   7: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 4711 2 0 0\n"
IPV6 = "   8: 0000000000000000FFFF00000200007F:0036 0:0 0A 0:0 00:00000000 00000000     0        0 4712 2 0 0\n"
GONE = "   9: 3500007F:0037 00000000:0000 06 00000000:00000000 00:00000000 00000000   101        0 4713 2 0 0\n"
LITTLE_ENDIAN = pytest.mark.skipif(socket.htons(1) == 1, reason="the addresses are those of such a machine")


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A `/proc` with systemd-resolved on port 53, something behind an IPv4-mapped address, and what has ended."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "udp").write_text(HEAD + STUB)
    (tmp_path / "net" / "tcp").write_text(HEAD + GONE)
    (tmp_path / "net" / "tcp6").write_text(HEAD + IPV6)
    (tmp_path / "812" / "fd").mkdir(parents=True)
    (tmp_path / "812" / "comm").write_text("systemd-resolve\n")
    os.symlink("socket:[4711]", tmp_path / "812" / "fd" / "3")
    return tmp_path


@LITTLE_ENDIAN
@pytest.mark.parametrize(
    ("protocol", "host", "port", "said"),
    [
        ("udp", "", 53, "process 812 (systemd-resolve)"),
        ("udp", "127.0.0.53", 53, "process 812 (systemd-resolve)"),
        ("udp", "127.0.0.1", 53, ""),
        ("udp", "", 54, ""),
        ("tcp", "127.0.0.2", 54, "a process of user root"),
        ("tcp", "", 55, ""),
    ],
)
def test_who_has_a_port(proc: Path, protocol: str, host: str, port: int, said: str) -> None:
    assert describe_holder(protocol, host, port, str(proc)) == said


def test_a_system_that_tells_nothing(tmp_path: Path) -> None:
    assert describe_holder("udp", "", 53, str(tmp_path)) == ""


@pytest.mark.parametrize(
    ("number", "port", "said"),
    [
        (
            errno.EACCES,
            53,
            "bind: permission denied; ports below 1024 need root or the capability CAP_NET_BIND_SERVICE",
        ),
        (errno.EACCES, 1053, "bind: permission denied"),
        (errno.EADDRINUSE, 53, "bind: address already in use by process 812 (systemd-resolve); set DNSStubListener=no"),
    ],
)
def test_what_to_do(monkeypatch: pytest.MonkeyPatch, number: int, port: int, said: str) -> None:
    def describe(protocol: str, host: str, port: int) -> str:
        assert (protocol, host, port) == ("udp", "192.0.2.1", 53)
        return "process 812 (systemd-resolve)"

    monkeypatch.setattr(bind_errors, "describe_holder", describe)
    error = explain_bind(OSError(number, os.strerror(number)), socket.SOCK_DGRAM, "192.0.2.1", port)
    assert str(error).startswith(f"listen udp 192.0.2.1:{port}: {said}")
    assert explain_bind(error, socket.SOCK_DGRAM, "", 0) is error
