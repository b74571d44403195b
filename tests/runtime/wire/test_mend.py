"""Replies that are odd but understood: what clients get instead of them."""

from struct import pack

import dns.message
import pytest
from corefile_runtime.wire.mend import mend
from corefile_runtime.wire.names import Cut, Malformed

from tests.runtime.packets import LOOP, NAMES, head, question, record

ADDRESS = b"\xc0\0\2\1"
END = 31


def reply(*records: bytes, answers: int = 1) -> bytes:
    return head(0x8180, (1, answers, 0, 0)) + question() + b"".join(records)


def pointer(to: int) -> bytes:
    return pack("!H", 0xC000 | to)


def text_of(wire: bytes) -> list[str]:
    return [str(rrset) for rrset in dns.message.from_wire(wire).answer]


def test_what_is_sound_stays() -> None:
    wire = reply(record(LOOP, 1, ADDRESS))
    assert mend(wire, END) == (wire, [(31, 33, 1)])


def test_fewer_records_than_announced() -> None:
    wire = head(0x8180, (1, 2, 3, 4)) + question() + record(LOOP, 1, ADDRESS)
    mended, places = mend(wire, END)
    assert (mended[4:12], len(places)) == (b"\0\1\0\1" + bytes(4), 1)
    assert text_of(mended) == ["a.example.org. 60 IN A 192.0.2.1"]


def test_no_records_at_all() -> None:
    mended, places = mend(head(0x8180, (1, 1, 0, 1)) + question(), END)
    assert (mended, places) == (head(0x8180) + question(), [])


def test_an_owner_in_the_header() -> None:
    """Offset 4 is the number of questions, whose first octet is 0: the root, whatever becomes of the header."""
    mended, _ = mend(reply(record(pointer(4), 1, ADDRESS)), END)
    assert text_of(mended) == [". 60 IN A 192.0.2.1"]


def test_an_owner_further_on() -> None:
    """The owner of the first record is the target in the second."""
    wire = reply(record(pointer(END + 16 + 12), 1, ADDRESS), record(LOOP, 5, NAMES[2]), answers=2)
    mended, places = mend(wire, END)
    assert text_of(mended) == ["WwW.eXample.org. 60 IN A 192.0.2.1", "a.example.org. 60 IN CNAME WwW.eXample.org."]
    assert [rtype for _, _, rtype in places] == [1, 5]


def test_names_in_data() -> None:
    """Data is written out where a pointer elsewhere is odd, and has another length then."""
    wire = reply(record(pointer(4), 1, ADDRESS), record(LOOP, 15, b"\0\1\4mail" + pointer(14)), answers=2)
    assert text_of(mend(wire, END)[0])[1] == "a.example.org. 60 IN MX 1 mail.example.org."


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        (reply(record(pointer(4), 1, ADDRESS))[:-1], Cut),
        (reply(record(pointer(4), 1, ADDRESS + b"\0")), Malformed),
        (reply(record(pointer(END), 1, ADDRESS)), Malformed),
    ],
    ids=["cut", "broken", "round and round"],
)
def test_what_is_no_reply(wire: bytes, error: type[Malformed]) -> None:
    with pytest.raises(error) as raised:
        mend(wire, END)
    assert raised.type is error
