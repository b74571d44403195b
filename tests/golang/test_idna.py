"""Host names against Go's own library, recorded in `fixtures/golang/idna.tsv`: the name, its form (null: refused)."""

import json
from pathlib import Path

import pytest

from corefile.golang.faults import SyntaxFault
from corefile.golang.idna import to_ascii

TABLE = Path(__file__).parent.parent / "fixtures" / "golang" / "idna.tsv"
ROWS = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("name", "ascii_form"), ROWS)
def test_name_becomes_what_go_makes_of_it(name: str, ascii_form: str) -> None:
    text, wanted = json.loads(name), json.loads(ascii_form)
    if wanted is None:
        with pytest.raises(SyntaxFault) as raised:
            to_ascii(text)
        assert 0 <= raised.value.start <= raised.value.end <= len(text)
    else:
        assert to_ascii(text) == wanted
