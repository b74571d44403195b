"""Changes as text, JSON and Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from corefile.changes.change import Change
from corefile.diag.render.visible import visible, visible_json
from corefile.ir.source import Span

ZONES_SHOWN = 4
_CODE = re.compile(r"((?<!`)`[^`]+`(?!`))")
_ACTIVE = re.compile(r"[\\`*\[\]<>|&~]")
"""What Markdown would not show as it is: emphasis, links, HTML, entities, cells."""


def render_text(changes: Sequence[Change]) -> str:
    """A line for each change, zones first: `cluster.local:53: `cache` success TTL 30s → 5s`."""
    return "".join(f"{_sign(change)} {visible(_where(change) + change.message)}\n" for change in changes)


def render_markdown(changes: Sequence[Change]) -> str:
    """A list for a pull request; nothing changed says so."""
    if not changes:
        return "The two Corefiles do the same.\n"
    lines = ["| where | what changes |", "|---|---|"]
    for change in changes:
        where = "" if change.kind.startswith("zone-") else ", ".join(map(_code, change.zones))
        view = f" (view {_code(change.view)})" if change.view and change.kind.startswith("plugin") else ""
        lines.append(f"| {where}{view} | {_cell(change.message)} |")
    return "\n".join(lines) + "\n"


def render_json(changes: Sequence[Change]) -> str:
    """The committed surface: see `docs/commands.md`."""
    listed = [
        {
            "kind": change.kind,
            "zones": list(change.zones),
            "view": change.view,
            "plugin": change.plugin,
            "property": change.property,
            "old": change.old,
            "new": change.new,
            "message": change.message,
            "before": _place(change.before),
            "after": _place(change.after),
        }
        for change in changes
    ]
    document = {"version": 1, "equal": not changes, "changes": listed}
    return visible_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _sign(change: Change) -> str:
    if change.kind.endswith("-added"):
        return "+"
    return "-" if change.kind.endswith("-removed") else "~"


def _where(change: Change) -> str:
    if change.kind.startswith("zone-"):
        return ""
    shown = ", ".join(change.zones[:ZONES_SHOWN])
    if len(change.zones) > ZONES_SHOWN:
        shown += f" and {len(change.zones) - ZONES_SHOWN} more"
    view = f" (view {change.view})" if change.view and change.kind.startswith("plugin") else ""
    return f"{shown}{view}: "


def _cell(text: str) -> str:
    """A sentence of ours with words of the files in it, in a cell: what is in code spans is code, the rest is text."""
    parts = _CODE.split(visible(text))
    return "".join(
        part.replace("|", "\\|") if at % 2 else _ACTIVE.sub(r"\\\g<0>", part) for at, part in enumerate(parts)
    )


def _code(text: str) -> str:
    """A code span (CommonMark 0.31, 6.1): its fence is longer than any that is in it."""
    text = visible(text)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence, space = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def _place(span: Span | None) -> dict[str, object] | None:
    if span is None:
        return None
    return {"path": span.path, "line": span.line, "column": span.column}
