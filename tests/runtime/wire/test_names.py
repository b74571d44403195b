"""Names: read from messages, written as text and back."""

import contextlib

import pytest
from corefile_runtime.wire.names import (
    Astray,
    Cut,
    Malformed,
    check_name,
    is_plain,
    parse_name,
    read_name,
    render_name,
)
from hypothesis import given
from hypothesis import strategies as st


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


@pytest.mark.parametrize(
    "text", ["a", "a.", "n1.old.example.org", "-_-.x-y_z.example.", "*.example.", "a" * 63 + ".org.", "é.example."]
)
def test_escaped_letters_are_the_same_letters(text: str) -> None:
    octets = [chr(octet) if octet == ord(".") else f"\\{octet:03d}" for octet in text.encode()]
    assert parse_name(text) == parse_name("".join(octets))
    assert parse_name(render_name(parse_name(text))) == parse_name(text)


@pytest.mark.parametrize("text", ["a..b", "a..", ".a", "..", "a" * 64 + ".org.", ".".join(["a" * 63] * 4)])
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


MESSAGE = b"\0" * 12 + b"\1a\7example\3org\0" + b"\4mail\xc0\x0e"
CHECKED: dict[str, tuple[bytes, int, int | type[Malformed]]] = {
    "plain": (MESSAGE, 12, 27),
    "pointed": (MESSAGE, 27, 34),
    "cut in a label": (MESSAGE[:29], 27, Cut),
    "cut in a pointer": (MESSAGE[:33], 27, Cut),
    "nothing": (MESSAGE, 34, Cut),
    "of no kind": (MESSAGE + b"\x80a", 34, Malformed),
    "too long": (MESSAGE + (b"\77" + b"x" * 63) * 4 + b"\0", 34, Malformed),
    "round and round": (MESSAGE + b"\1a\xc0\x22", 34, Malformed),
    "into the header": (MESSAGE + b"\xc0\x04", 34, Astray),
    "ahead": (MESSAGE + b"\xc0\x25\0\1a\0", 34, Astray),
    "ahead, and cut there": (MESSAGE + b"\xc0\x25\0\1", 34, Cut),
}


@pytest.mark.parametrize(("message", "at", "said"), CHECKED.values(), ids=CHECKED)
def test_check(message: bytes, at: int, said: int | type[Malformed]) -> None:
    if isinstance(said, int):
        assert check_name(message, at, len(message)) == said
        return
    with pytest.raises(said) as raised:
        check_name(message, at, len(message))
    assert raised.type is said


@given(st.binary(max_size=400) | st.lists(st.sampled_from(b"\0\1\2\77\xc0\x0c\x12a"), max_size=300).map(bytes))
def test_a_check_finds_what_reading_finds(message: bytes) -> None:
    for at in range(len(message) + 1):
        try:
            found: object = read_name(message, at)[1]
        except Malformed as error:
            found = type(error)
        with contextlib.suppress(Astray):
            try:
                checked: object = check_name(message, at, len(message))
            except Astray:
                raise
            except Malformed as error:
                checked = type(error)
            assert checked == found


@given(st.text(st.sampled_from("aZ09-_.\\é@ \n"), max_size=12))
def test_a_plain_name_is_written_as_it_is_shown(text: str) -> None:
    try:
        name = parse_name(text)
    except Malformed:
        return
    if is_plain(text):
        assert render_name(name) == text
