"""URLs against Go's own parser, recorded in `fixtures/golang/urls.tsv`: the text, and its parts (null: refused)."""

import json
from pathlib import Path

import pytest

from corefile.golang.faults import SyntaxFault
from corefile.golang.urls import parse_url

TABLE = Path(__file__).parent.parent / "fixtures" / "golang" / "urls.tsv"
ROWS = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("text", "parts"), ROWS)
def test_url_is_taken_apart_as_go_does(text: str, parts: str) -> None:
    url, wanted = json.loads(text), json.loads(parts)
    if wanted is None:
        with pytest.raises(SyntaxFault) as raised:
            parse_url(url)
        assert 0 <= raised.value.start <= raised.value.end <= len(url)
    else:
        assert [_printable(part) for part in parse_url(url)] == wanted


def _printable(part: str) -> str:
    return part.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
