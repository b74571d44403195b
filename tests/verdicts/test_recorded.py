"""Recorded verdicts of CoreDNS 1.14.7 on made Corefiles, a table for each kind: `record.py` makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verdicts.kinds import CERTAIN, KINDS
from tests.verdicts.rows import FOLDER, difference, rows


@pytest.fixture(autouse=True)
def _nothing_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """CoreDNS was asked in an empty folder."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_verdict_and_line(kind: str) -> None:
    table = rows(kind)
    differing = [f"{reason}\n{row.corefile}" for row in table if (reason := difference(row, kind in CERTAIN))]
    assert not differing, "\n".join([f"{len(differing)} of {len(table)}", *differing[:5]])


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_has_both_verdicts(kind: str) -> None:
    """Else its generator shows nothing."""
    assert {row.verdict for row in rows(kind)} >= ({"reject"} if kind in CERTAIN else {"reject", "accept"})


def test_each_table_has_a_generator() -> None:
    assert {path.stem for path in FOLDER.glob("*.tsv")} == set(KINDS)
