"""The bounds that `docs/bounds.md` names are those of the code."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from corefile.golang.texttemplate import formatting
from corefile.plugins import cache
from tests.docs.listings import ROOT

ROW = re.compile(
    r"^\| (?P<what>[^|]+) \| (?P<value>[\d,.]+)(?: (?P<unit>\w+))? \| `(?P<constant>[\w.]+)` \| (?P<beyond>[^|]+) \|$"
)
UNITS = {None: 1, "KiB": 1 << 10, "MiB": 1 << 20, "s": 1}
LINES = (ROOT / "docs" / "bounds.md").read_text(encoding="utf-8").splitlines()
ROWS = [row for row in map(ROW.match, LINES) if row is not None]


def constant(name: str) -> float:
    if name == "cache.CAPACITY":
        return cache.CAPACITY
    if name == "texttemplate.WIDTH":
        return len(str(formatting.MOST_WIDTH)) + 1
    module, _, name = name.rpartition(".")
    value: float = getattr(import_module(f"corefile_runtime.{module}"), name)
    return value


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["constant"])
def test_bounds_are_those_of_the_code(row: re.Match[str]) -> None:
    assert float(row["value"].replace(",", "")) * UNITS[row["unit"]] == constant(row["constant"])


def test_each_row_is_read() -> None:
    rows = [line for line in LINES if line.startswith("| ") and not line.startswith("| bound |")]
    assert len(ROWS) == len(rows) > 20
