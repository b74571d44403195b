"""Every character of a YAML scalar, in every style, is found where it is written."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from corefile.inputs.embedded import Embedded, embed
from corefile.inputs.manifest import Scalar, corefiles
from corefile.ir.source import Source

MANIFEST = """\
# 世界 \U0001f600
kind: ConfigMap
apiVersion: v1
metadata: {{name: coredns, namespace: kube-system}}
data:
  Corefile: {scalar}
  other: end
"""

SCALARS = {
    "literal": "|\n    .:53 {\n        errors\n\n        cache 30 # \U0001f600 x\n    }\n",
    "literal with a hint": "|2-\n      indented\n    less\n",
    "literal that keeps": "|+\n    .:53 {\n    }\n\n\n",
    "folded": ">\n    .:53 {\n    errors\n      more\n      indented\n\n    whoami\n\n    }\n",
    "folded and stripped": ">-\n    .:53 {\n    }\n",
    "double": '".:53 {\\n  log \\"x\\u00e9\\x41\\"\\n\n     folded\\\n     \\  y }\\n"',
    "double with blank lines": '"a\n\n\n   b"',
    "single": "'it''s\n    folded\n\n    here'",
    "plain": "plain text\n    folded",
    "empty": '""',
}


def written_at(source: Source, host: str, offset: int) -> str:
    """What stands in the outer text where one character of the value is."""
    span = source.span(offset, offset + 1)
    outer = Source("cm.yaml", host)
    starts = outer.line_starts()
    return host[starts[span.line - 1] + span.column - 1 : starts[span.end_line - 1] + span.end_column - 1]


@pytest.mark.parametrize("scalar", SCALARS.values(), ids=SCALARS.keys())
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_each_character(scalar: str, newline: str) -> None:
    host = MANIFEST.format(scalar=scalar).replace("\n", newline)
    (found,) = corefiles(Source("cm.yaml", host))
    for offset, character in enumerate(found.source.text):
        written = written_at(found.source, host, offset)
        folded = character in " \n" and not written.strip("\n\r \\n")
        escaped = {"'": "''", '"': '\\"', "é": "\\u00e9", "A": "\\x41", " ": "\\ ", "\n": "\\n"}.get(character)
        assert written in (character, escaped) or folded, (offset, character, written)


def test_the_line_that_is_shown_is_that_of_the_manifest() -> None:
    host = MANIFEST.format(scalar=SCALARS["literal"])
    (found,) = corefiles(Source("cm.yaml", host))
    span = found.source.span(found.source.text.index("cache"), found.source.text.index("cache") + 5)
    assert (span.path, span.line, span.column, span.end_column) == ("cm.yaml", 10, 9, 14)
    assert found.source.excerpt(10) == "        cache 30 # \U0001f600 x"


def test_the_end_of_a_value_is_the_end_of_what_is_written() -> None:
    host = MANIFEST.format(scalar='"a\\n"')
    (found,) = corefiles(Source("cm.yaml", host))
    assert found.source.position(2) == (6, 17)
    assert found.source.span(2, 2)[1:5] == (6, 17, 6, 17)


def test_an_empty_value_has_a_place() -> None:
    (found,) = corefiles(Source("cm.yaml", MANIFEST.format(scalar='""')))
    assert found.source.position(0)[0] == 6


@pytest.mark.parametrize("style", ["|", ">", '"', "'", None])
@pytest.mark.parametrize("raw", ["something else", "|\n  other", '"\\uZZZZ"', ""])
def test_what_does_not_fit_is_the_whole_scalar(style: str | None, raw: str) -> None:
    host = Source("cm.yaml", f"a: {raw}")
    source = Embedded(host, "value", embed(host, "value", 3, 3 + len(raw), style))
    assert source.position(0) == source.position(3) == (1, 4)


def scalars(host: str) -> list[Scalar]:
    """The scalars of a YAML text."""
    found: list[Scalar] = []
    for event in yaml.parse(host):
        if isinstance(event, yaml.ScalarEvent):
            assert event.start_mark is not None
            assert event.end_mark is not None
            found.append(Scalar(event.value, event.start_mark.index, event.end_mark.index, event.style))
    return found


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=60)


@given(texts, st.sampled_from(["|", ">", '"', "'"]), st.integers(20, 100))
def test_any_value_that_yaml_can_write(value: str, style: str, width: int) -> None:
    host: str = yaml.dump(  # pyright: ignore[reportUnknownMemberType]  # the stub leaves a parameter without its type
        {"data": {"Corefile": value}}, default_style=style, allow_unicode=True, width=width
    )
    scalar = scalars(host)[-1]
    outer = Source("cm.yaml", host)
    source = Embedded(outer, scalar.value, embed(outer, scalar.value, scalar.start, scalar.end, scalar.style))
    for offset in range(len(value)):
        start = source.position(offset)
        assert start <= source.span(offset, offset + 1)[3:5]
        assert outer.position(scalar.start) <= start <= outer.position(scalar.end)
