"""Letter case where Python and Go differ."""

import pytest

from corefile.golang.letters import to_lower, to_upper


@pytest.mark.parametrize(
    ("text", "lower", "upper"),
    [
        ("Example", "example", "EXAMPLE"),
        ("Straße", "straße", "STRAßE"),
        ("İ", "i", "İ"),
        ("\u0391\u03a3", "\u03b1\u03c3", "\u0391\u03a3"),
        ("\u017f", "\u017f", "S"),
        ("\u1fb3", "\u1fb3", "\u1fbc"),
    ],
)
def test_letters_change_one_by_one(text: str, lower: str, upper: str) -> None:
    assert to_lower(text) == lower
    assert to_upper(text) == upper
