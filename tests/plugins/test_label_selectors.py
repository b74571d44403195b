"""Label selectors as the Kubernetes client reads and sends them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corefile.golang.faults import SyntaxFault
from corefile.plugins.kubernetes.labels import LabelRequirement, parse_label_selector


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", []),
        ("b==2, a = 1", ["a=1", "b=2"]),
        ("app=web,app=dns", ["app=dns"]),
        ("app=", ["app="]),
        ("tier in (b,a,b)", ["tier in (a,b)"]),
        ("tier notin ()", ["tier notin ()"]),
        ("tier in (,a)", ["tier in (,a)"]),
        ("!legacy,team", ["!legacy", "team"]),
        ("in in (in)", ["in in (in)"]),
        ("example.org/team", ["example.org/team"]),
    ],
)
def test_read(text: str, read: list[str]) -> None:
    found = parse_label_selector(text)
    assert [str(requirement) for requirement in found] == read
    assert parse_label_selector(",".join(read)) == found


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("app=web tier", "tier"),
        ("app!=web", "!="),
        ("tier in (a b)", "b"),
        ("app=-", "-"),
        ("a,", ""),
        ("a/b/c", "a/b/c"),
    ],
)
def test_refused_at(text: str, part: str) -> None:
    with pytest.raises(SyntaxFault) as caught:
        parse_label_selector(text)
    assert text[caught.value.start : caught.value.end] == part


@given(st.text(alphabet="ab =!(),<>\t\0-/é", max_size=12))
def test_what_is_read_is_written_as_it_reads(text: str) -> None:
    found: tuple[LabelRequirement, ...] = ()
    with suppress(SyntaxFault):
        found = parse_label_selector(text)
    assert parse_label_selector(",".join(map(str, found))) == found
