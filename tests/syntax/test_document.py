"""The lossless document: every letter of a text is in a word, a comment, or a blank."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from corefile.ir.source import Source, Word
from corefile.syntax import walk
from corefile.syntax.document import Document, read_document
from corefile.syntax.lexer import BLANKS, TooLarge, lex
from corefile.syntax.rows import Row
from corefile.syntax.tree import Block, Body, DirectiveNode, Entry, Import, Item, Line, Snippet


def read(text: str) -> Document:
    return read_document(Source("Corefile", text))


def outline(text: str) -> list[object]:
    """The tree as nested lists of words."""
    return [shape(item) for item in read(text).items]


def texts(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def shape(node: Item | Entry | DirectiveNode) -> object:
    match node:
        case Import(words):
            return f"import: {texts(words)}"
        case Line(words):
            return texts(words)
        case Body(_, entries, closing, rest):
            return [
                *map(shape, entries),
                *(["open"] if closing is None else []),
                *([f"rest: {texts(rest)}"] if rest else []),
            ]
        case DirectiveNode(words, bodies):
            return [texts(words), *map(shape, bodies)] if bodies else texts(words)
        case Snippet(key, body):
            return {key.text: shape(body)}
        case Block(keys, opening, entries, closing):
            end = ("" if closing is None else "}") if opening is None else "{}" if closing is not None else "{"
            return {f"{texts(keys)} {end}": [shape(entry) for entry in entries]}


TREES: list[tuple[str, list[object]]] = [
    ("", []),
    (". {\n log\n cache 30 {\n  success 1\n }\n}\n", [{". {}": ["log", ["cache 30", ["success 1"]]]}]),
    ("a,\nb c {\n}\n", [{"a, b c {}": []}]),
    ("a\nlog\n", [{"a ": ["log"]}]),
    ("a\nlog\n}\nb\n", [{"a }": ["log"]}, {"b ": []}]),
    ("{\n log\n}\n", [{" {}": ["log"]}]),
    ("(a) {\n x {\n y\n } z\n import b\n}\n", [{"(a)": ["x", ["y"], "z", "import b"]}]),
    ("(a) {\n x {\n y\n", [{"(a)": ["x", ["y", "open"], "open"]}]),
    ("(a)\nlog\n", [{"(a)": ["log", "open"]}]),
    ("import x\n. {\n import y\n}\n", ["import: import x", {". {}": ["import: import y"]}]),
    (". {\n log {\n  import z {\n }\n}\n", [{". {}": [["log", ["import: import z {"]]]}]),
    ("a,\nimport b\n", [{"a, ": ["import: import b"]}]),
    (". { whoami }\n", [{". {}": ["whoami"]}]),
    (". {\n log {\n  a\n } errors\n}\n", [{". {}": [["log", ["a", "rest: errors"]]]}]),
    (". {\n log {\n } b {\n }\n}\n", [{". {}": [["log", ["rest: b"], []]]}]),
    (". {\n log\n {\n }\n}\n", [{". {}": [["log", []]]}]),
    (". {\n log {\n a {\n b\n }\n }\n", [{". {": [["log", ["a", ["b"]]]]}]),
    (". {\n log {\n a\n", [{". {": [["log", ["a", "open"]]]}]),
    ("}\n}\n", [{"} }": []}]),
    ("\"a\nb\" {\n}\n", [{"a\nb {}": []}]),
    ("a import {\n}\n", [{"a import {}": []}]),
    ("\"\" a {\n}\n", [{" a {}": []}]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TREES)
def test_tree(text: str, expected: list[object]) -> None:
    assert outline(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# a\n\n. { # b\n  log#c d\n}", ["# a", "", ". { # b", "log#c d", "}"]),
        ("a  \t\n", ["a", ""]),
        ('"a"#b\n#c', ['"a" #b', "#c"]),
        ('a "', ['a "']),
        ('"\\', ['"\\']),
        ("# a \xa0\r\n", ["# a", ""]),
        ("a#b\r\r c", ["a#b c"]),
    ],
)
def test_rows(text: str, expected: list[str]) -> None:
    assert [written(row) for row in read(text).rows] == expected


def written(row: Row) -> str:
    glued = {comment.start: comment.text for comment in row.comments if comment.glued}
    words = [word.raw.replace("\r", "") + glued.get(word.end, "") for word in row.words]
    return " ".join([*words, *(comment.text for comment in row.comments if not comment.glued)])


def test_depths() -> None:
    text = "a {\nb {\nc\n} d\n}\n} e {\nf\n}\n}\n}"
    assert [row.depth for row in read(text).rows] == [0, 1, 2, 1, 0, 0, 1, 0, 0, 0]


def test_edges_of_blocks() -> None:
    rows = read("a {\nb { c\n} d\n}\n").rows
    assert [(row.opens, row.closes) for row in rows[:4]] == [
        (True, False),
        (False, False),
        (False, True),
        (False, True),
    ]


@pytest.mark.parametrize(
    ("text", "movable"),
    [
        ("a\n{\n}", True),
        ("(a)\n{\n}", True),
        ("a,\n{\n}", False),
        ("a\nlog\n{\n}", False),
        (". {\n log\n {\n }\n}", False),
        ("{\n}", False),
        ("{$A}\n{\n}", False),
        ("import a\nb\n{\n}", False),
        ("a\n{ log\n}", False),
    ],
)
def test_braces_that_may_move(text: str, movable: bool) -> None:
    assert any(row.movable for row in read(text).rows) is movable


@pytest.mark.parametrize(
    ("text", "unclosed"), [("", False), ("a", False), ('"a"', False), ('"a', True), ('"', True), ('"a\\"', True)]
)
def test_an_unclosed_quote(text: str, unclosed: bool) -> None:
    assert read(text).unclosed is unclosed


def every_word(document: Document) -> Iterator[Word]:
    for row in document.rows:
        yield from row.words


def test_nothing_is_left_out() -> None:
    text = 'a {#b c\n "d\ne"f # g\n}\r\n\xa0\n(h)\n{ i }'
    document = read(text)
    kept = {at for word in every_word(document) for at in range(word.start, word.end)}
    kept |= {
        at
        for row in document.rows
        for comment in row.comments
        for at in range(comment.start, comment.start + len(comment.text))
    }
    assert {text[at] for at in set(range(len(text))) - kept} <= {*BLANKS, "\n", "\r"}
    assert [(word.text, word.start) for word in every_word(document)] == [
        (word.text, word.start) for word in lex(document.source)
    ]


def test_depth_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "DEPTH_LIMIT", 2)
    for text in ("(a) {\n" + "{\n" * 2, ". {\n log {\n {\n {\n"):
        with pytest.raises(TooLarge, match="blocks within one another"):
            read(text)
