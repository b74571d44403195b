"""The progress bar: patient, silent when nobody watches, and gone at the end."""

from __future__ import annotations

import io

import pytest
from corefile_cli import progress
from corefile_cli.progress import Progress


class Console(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("patience", "total", "drawn"), [(-1.0, 20, True), (60.0, 20, False), (-1.0, 2, False)])
def test_bar(patience: float, total: int, drawn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console()
    monkeypatch.setattr("sys.stderr", console)
    monkeypatch.setattr(progress, "PATIENCE", patience)
    bar = Progress(total)
    bar.advance()
    bar.advance()
    bar.clear()
    assert (f"] 1/{total} files" in console.getvalue()) is drawn
    assert console.getvalue().endswith("\r\x1b[K") is drawn


def test_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    bar = Progress(20)
    bar.advance()
    bar.clear()
    assert stream.getvalue() == ""
