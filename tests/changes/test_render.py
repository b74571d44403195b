"""Changes as they are printed: text, Markdown, and JSON."""

from __future__ import annotations

import json

from corefile.changes.change import Change
from corefile.changes.render import render_json, render_markdown, render_text
from corefile.ir.source import Span

ZONES = tuple(f"{letter}.example:53" for letter in "abcdef")
CHANGES = (
    Change(kind="zone-added", zones=("example.org:53",), message="zone `example.org` now served"),
    Change(kind="view-removed", zones=ZONES[:1], view="lan", message="view `lan` removed"),
    Change(
        kind="plugin-changed",
        zones=ZONES,
        plugin="rewrite",
        property="rule",
        old="a",
        new="b|c",
        view="lan",
        message="`rewrite` a → b|c\nd",
        before=Span("old", 2, 5, 2, 12),
    ),
)


def test_text() -> None:
    assert render_text(CHANGES) == (
        "+ zone `example.org` now served\n"
        "- a.example:53: view `lan` removed\n"
        "~ a.example:53, b.example:53, c.example:53, d.example:53 and 2 more (view lan): `rewrite` a → b|c\\nd\n"
    )
    assert render_text(()) == ""


def test_markdown() -> None:
    listed = ", ".join(f"`{zone}`" for zone in ZONES)
    assert render_markdown(CHANGES).splitlines() == [
        "| where | what changes |",
        "|---|---|",
        "|  | zone `example.org` now served |",
        "| `a.example:53` | view `lan` removed |",
        rf"| {listed} (view `lan`) | `rewrite` a → b\|c\\nd |",
    ]
    assert render_markdown(()) == "The two Corefiles do the same.\n"


def test_json() -> None:
    document = json.loads(render_json(CHANGES))
    assert (document["version"], document["equal"]) == (1, False)
    assert [change["kind"] for change in document["changes"]] == ["zone-added", "view-removed", "plugin-changed"]
    assert document["changes"][2] == {
        "kind": "plugin-changed",
        "zones": list(ZONES),
        "view": "lan",
        "plugin": "rewrite",
        "property": "rule",
        "old": "a",
        "new": "b|c",
        "message": "`rewrite` a → b|c\nd",
        "before": {"path": "old", "line": 2, "column": 5},
        "after": None,
    }
    assert json.loads(render_json(())) == {"version": 1, "equal": True, "changes": []}


def test_words_of_a_file_are_no_markdown_and_no_control_characters() -> None:
    hostile = "[x](http://example.org) <b> *a* `b \x1b[2J \n::error::pwned | \u009b"
    change = Change(
        kind="plugin-changed",
        zones=("a`|b.example:53",),
        plugin="log",
        property="",
        old="",
        new=hostile,
        message=f"`log` {hostile} added",
    )
    markdown = render_markdown((change,)).splitlines()[-1]
    assert markdown == (
        r"| `` a`\|b.example:53 `` | "
        r"`log` \[x\](http://example.org) \<b\> \*a\* \`b \\x1b\[2J \\n::error::pwned \| \\x9b added |"
    )
    for text in (render_text((change,)), render_json((change,))):
        assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text.replace("\n", ""))
        assert not any(line.strip().startswith("::") for line in text.splitlines())
    assert json.loads(render_json((change,)))["changes"][0]["new"] == hostile
