"""What is asked: the lists have what their cases need, and are the same each time."""

import random
from collections import Counter
from pathlib import Path

import dns.message
import pytest

from tests.bench.inputs import PATTERNS, in_random_letters, names, question, with_cookie, write_queries


@pytest.mark.parametrize("key", PATTERNS)
def test_names_are_asked_once_and_none_of_them_late(key: str) -> None:
    asked = names(key)
    assert len(set(asked)) == len(asked) == PATTERNS[key][1]
    assert not set(asked) & set(names(key, late=True))


def test_a_tenth_of_the_mix_was_asked_before(tmp_path: Path) -> None:
    counts = Counter(write_queries(tmp_path, "mix").read_text().splitlines())
    assert len(counts) == 100_000
    assert sum(counts.values()) - len(counts) == 11_111


def test_lists_are_the_same_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    for key in ("1k", "mix", "cookies"):
        assert write_queries(first, key).read_bytes() == write_queries(second, key).read_bytes()


def test_letters_change_and_the_name_does_not() -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable
    written = {in_random_letters("n1.zone.example", chance) for _ in range(100)}
    assert len(written) > 90
    assert {name.lower() for name in written} == {"n1.zone.example"}


def test_a_question_is_read_by_others() -> None:
    read = dns.message.from_wire(question("n1.example"))
    assert [str(found) for found in read.question] == ["n1.example. IN A"]


def test_each_query_has_a_cookie_of_its_own() -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable
    cookies: set[bytes] = set()
    for _ in range(10):
        framed = with_cookie("n1.example", chance)
        assert int.from_bytes(framed[:2], "big") == len(framed) - 2
        assert dns.message.from_wire(framed[2:]).edns == 0
        assert framed[-12:-8] == b"\0\12\0\10"  # COOKIE, of eight octets (RFC 7873, 4)
        cookies.add(framed[-8:])
    assert len(cookies) == 10
