"""Names: read from messages, written as text and back."""

import pytest
from corefile_runtime.wire.names import Malformed, parse_name, read_name, render_name


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        (".", b"\0"),
        ("example.org.", b"\7example\3org\0"),
        ("Example.ORG", b"\7Example\3ORG\0"),
        (r"a\.b.org.", b"\3a.b\3org\0"),
        (r"a\032b.org.", b"\3a b\3org\0"),
        (r"\200.org.", b"\1\xc8\3org\0"),
    ],
)
def test_parse(text: str, wire: bytes) -> None:
    assert parse_name(text) == wire
    assert parse_name(render_name(wire)) == wire


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (b"\0", "."),
        (b"\3a.b\3org\0", r"a\.b.org."),
        (b"\3a b\0", "a\\ b."),
        (b"\1\xc8\0", "\\200."),
        (b"\2_x\0", "_x."),
    ],
)
def test_render(wire: bytes, text: str) -> None:
    assert render_name(wire) == text


@pytest.mark.parametrize("text", ["a..b", ".a", "a" * 64 + ".org.", ".".join(["a" * 63] * 4)])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(Malformed):
        parse_name(text)


@pytest.mark.parametrize(
    ("message", "at", "name", "end"),
    [
        (b"\1a\0", 0, b"\1a\0", 3),
        (b"xx\1a\0\1b\xc0\2", 5, b"\1b\1a\0", 9),
        (b"\0\xc0\0", 1, b"\0", 3),
    ],
)
def test_read(message: bytes, at: int, name: bytes, end: int) -> None:
    assert read_name(message, at) == (name, end)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\1",
        b"\1a",
        b"\xc0",
        b"\xc0\0",
        b"\xc0\2\xc0\0",
        b"\x40a\0",
        b"\x80a\0",
        (b"\x3f" + b"a" * 63) * 4 + b"\0",
    ],
)
def test_read_nonsense(message: bytes) -> None:
    with pytest.raises(Malformed):
        read_name(message, 0)


def test_the_longest_name() -> None:
    wire = (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\0"
    assert len(wire) == 255
    assert read_name(wire, 0) == (wire, 255)
