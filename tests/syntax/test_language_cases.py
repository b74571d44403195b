"""Recorded cases of the language: verdict, line, tokens and zones as CoreDNS has them."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from corefile.compiler import Compiled, Options, compile_corefile
from corefile.formatter import format_corefile
from corefile.ir.source import Word
from corefile.syntax.lexer import decode

CASES_FILE = Path(__file__).parent.parent / "fixtures" / "language" / "cases.tsv"


def cases() -> dict[str, dict[str, str]]:
    with CASES_FILE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


CASES = cases()


def unescape(text: str) -> bytes:
    return text.encode("ascii").decode("unicode_escape").encode("utf-8", "surrogateescape")


def lay_out(case: dict[str, str], folder: Path) -> bytes:
    """Put the files of a case into a folder; the text of its Corefile."""
    for name, content in json.loads(case["files"] or "{}").items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            target.mkdir()
        else:
            target.write_bytes(content.encode("utf-8", "surrogateescape"))
    data = unescape(case["corefile"])
    (folder / "Corefile").write_bytes(data)
    return data


def read(case: dict[str, str], text: str | bytes) -> Compiled:
    return compile_corefile(text, "Corefile", Options(env=json.loads(case["env"] or "{}")))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", CASES)
def test_verdict_and_line(name: str, folder: Path) -> None:
    case = CASES[name]
    compiled = read(case, lay_out(case, folder))
    assert (compiled.verdict == "reject") is (case["verdict"] == "reject")
    if case["line"]:
        assert compiled.refusal is not None
        assert compiled.diagnostics[compiled.refusal].span.line == int(case["line"])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["tokens"]])
def test_tokens(name: str, folder: Path) -> None:
    case = CASES[name]
    compiled = read(case, lay_out(case, folder))
    found = [
        {
            "keys": [key.text for key in block.keys],
            "directives": {
                name: [token(word, folder) for word in words] for name, words in block.words_by_name().items()
            },
        }
        for block in compiled.expanded.blocks
        if block.keys
    ]
    assert found == json.loads(case["tokens"])


def token(word: Word, folder: Path) -> list[Any]:
    file = word.source.file
    return [word.text, word.line, *([os.path.relpath(file, folder)] if file else [])]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["zones"]])
def test_zones(name: str, folder: Path) -> None:
    case = CASES[name]
    compiled = read(case, lay_out(case, folder))
    found = [[str(key) for key in block.keys] for block in compiled.program.blocks]
    default = [["dns://.:53"]]
    assert found == (json.loads(case["zones"]) or default)


@pytest.mark.parametrize("name", CASES)
def test_formatted_it_says_the_same(name: str, folder: Path) -> None:
    case = CASES[name]
    data = lay_out(case, folder)
    formatted = format_corefile(decode(data))
    before, after = read(case, data), read(case, formatted)
    assert after.verdict == before.verdict
    assert after.program == before.program
    assert format_corefile(formatted) == formatted
