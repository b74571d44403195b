"""pprof: the paths of Go's profiles, with what Python can tell."""

import gc
import gzip
import socket
import sys
import threading
import tracemalloc

import pytest
from corefile_runtime.plugins.pprof.profile_file import write_profile
from corefile_runtime.plugins.pprof.sampling import heap_by_type
from corefile_runtime.testing import Running, can_read, serve

CONFIG = "    pprof 127.0.0.1:0 {\n        block 5\n    }\n    whoami"


def fetch(server: Running, path: str) -> tuple[str, bytes]:
    return server.fetch(f"GET /debug/pprof{path} HTTP/1.0")


def read_messages(data: bytes) -> list[tuple[int, int | bytes]]:
    """The fields of a protobuf message."""
    found: list[tuple[int, int | bytes]] = []
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            octet = data[at]
            at += 1
            value |= (octet & 127) << shift
            shift += 7
            if octet < 128:
                return value

    while at < len(data):
        field, kind = divmod(varint(), 8)
        number = varint()
        if kind == 2:
            found.append((field, data[at : at + number]))
            at += number
        else:
            found.append((field, number))
    return found


@pytest.mark.parametrize(
    ("path", "head", "body"),
    [
        ("", "302 Found", ""),
        ("/", "200 OK", '<a href="profile">'),
        ("/cmdline", "200 OK", sys.orig_argv[0]),
        ("/goroutine", "200 OK", "render_stacks"),
        ("/heap?debug=1", "200 OK", "builtins.list"),
        ("/heap?debug=1&seconds=0.05", "200 OK", ""),
        ("/allocs?debug=2", "200 OK", "builtins.dict"),
        ("/profile?seconds=soon", "400 Bad Request", "seconds must be a number"),
        ("/profile?seconds=301", "400 Bad Request", "seconds must be a number"),
        ("/heap?seconds=-1", "400 Bad Request", "seconds must be a number"),
        ("/symbol", "404 Not Found", "404 page not found"),
    ],
)
def test_paths(path: str, head: str, body: str) -> None:
    with serve(CONFIG) as server:
        got = fetch(server, path)
        assert got[0].startswith(f"HTTP/1.0 {head}")
        assert body in got[1].decode()
        assert not path or "Location" not in got[0]


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("/profile?seconds=0.5", [b"samples", b"count", b"cpu", b"nanoseconds"]),
        ("/heap", [b"inuse_objects", b"count", b"inuse_space", b"bytes"]),
        ("/heap?seconds=0.1", [b"alloc_objects", b"count", b"alloc_space", b"bytes"]),
    ],
)
def test_profiles_are_what_go_tool_pprof_reads(path: str, kinds: list[bytes]) -> None:
    with serve(CONFIG) as server:
        head, body = fetch(server, path)
        assert "application/octet-stream" in head
        fields = read_messages(gzip.decompress(body))
        texts = [value for number, value in fields if number == 6]
        assert texts[0] == b""
        assert texts[1:5] == kinds
        samples = [dict(read_messages(value)) for number, value in fields if number == 2 and isinstance(value, bytes)]
        places = {dict(read_messages(value))[1] for number, value in fields if number == 4 and isinstance(value, bytes)}
        assert samples
        for sample in samples:
            locations = sample[1]
            assert isinstance(locations, bytes)
            assert all(place in places for place in locations if place < 128)


@pytest.mark.parametrize("path", ["/profile", "/heap"])
def test_one_at_a_time(path: str) -> None:
    with serve(CONFIG) as server, socket.create_connection(server.engine.endpoints.find("127.0.0.1:0")) as first:
        first.sendall(f"GET /debug/pprof{path}?seconds=30 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        server.wait(lambda: is_under_way(path))
        assert fetch(server, f"{path}?seconds=0.1")[0].startswith("HTTP/1.0 503")
    assert not is_under_way(path)


def is_under_way(path: str) -> bool:
    return tracemalloc.is_tracing() if path == "/heap" else any(one.name == "pprof" for one in threading.enumerate())


def test_a_client_that_goes_is_no_trouble() -> None:
    with serve(CONFIG) as server:
        with socket.create_connection(server.engine.endpoints.find("127.0.0.1:0")) as client:
            client.sendall(b"GET /debug/pprof/profile?seconds=0.1 HTTP/1.1\r\nHost: x\r\n\r\n")
            server.wait(lambda: is_under_way("/profile"))
        assert fetch(server, "/cmdline")[0].startswith("HTTP/1.0 200")
        server.wait(lambda: not is_under_way("/profile"))
        assert fetch(server, "/profile?seconds=0.05")[0].startswith("HTTP/1.0 200")


@pytest.mark.parametrize("path", ["/profile", "/heap"])
def test_a_reload_ends_what_is_under_way_with_what_there_is(path: str) -> None:
    with serve(CONFIG) as server, socket.create_connection(server.engine.endpoints.find("127.0.0.1:0")) as client:
        client.sendall(f"GET /debug/pprof{path}?seconds=300 HTTP/1.0\r\n\r\n".encode())
        server.wait(lambda: is_under_way(path))
        server.text = server.text.replace("block 5", "block 6")
        server.engine.reload_now()
        server.wait(lambda: can_read(client))
        assert client.recv(4096).startswith(b"HTTP/1.0 200")
        assert not is_under_way(path)


def test_what_is_frozen_is_counted() -> None:
    with serve(CONFIG):
        gc.freeze()
        try:
            assert (("corefile_runtime.process.instance.Instance", "", 0),) in heap_by_type()
            assert gc.get_freeze_count() > 0
        finally:
            gc.unfreeze()


def test_no_samples_are_a_profile_too() -> None:
    assert gzip.decompress(write_profile([("a", "b")], {}))
