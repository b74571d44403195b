"""`corefile ir`: JSON on standard output, faults on standard error."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from corefile_cli.main import cli

SCHEMA = json.loads((Path(__file__).parent.parent.parent / "docs" / "ir.schema.json").read_text(encoding="utf-8"))
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: coredns\ndata:\n"


def run(*arguments: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["ir", *arguments], input=text, catch_exceptions=False)


@pytest.mark.parametrize("arguments", [["-"], ["-", "--spans"]])
def test_it_fits_its_schema(arguments: list[str]) -> None:
    found = run(*arguments, text=". {\n cache 30\n forward . 192.0.2.1\n emptyendpoints a\n}\n")
    assert (found.exit_code, found.stderr) == (0, "")
    document = json.loads(found.stdout)
    jsonschema.validate(document, SCHEMA)
    assert [plugin["name"] for plugin in document["blocks"][0]["plugins"]] == ["cache", "emptyendpoints", "forward"]
    assert ("span" in document["blocks"][0]) is ("--spans" in arguments)


def test_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Corefile").write_text("{$Z} {\n}\n")
    found = run("--env", "Z=example.org")
    assert json.loads(found.stdout)["listeners"][0]["routes"] == [{"zone": "example.org.", "block": 0}]


def test_a_refused_one_prints_nothing() -> None:
    found = run("-", text=". {\n cahce\n log {$U}\n}\n")
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr == "<stdin>:2:2: CF201 unknown directive 'cahce'\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"\x7fELF", "corefile: -: not a Corefile: it is a program\n"),
        (b"apiVersion: v1\nkind: Pod\n", "corefile: -: no ConfigMap with a Corefile in it\n"),
        (
            f"{MAP}  Corefile: a\n  b.corefile: a\n".encode(),
            "corefile: -: several Corefiles in it: coredns:Corefile, coredns:b.corefile\n",
        ),
    ],
)
def test_what_cannot_be_read(text: bytes, message: str) -> None:
    found = run("-", text=text)
    assert (found.exit_code, found.stdout, found.stderr) == (2, "", message)


def test_a_corefile_in_a_manifest() -> None:
    found = run("-", text=f"{MAP}  Corefile: |\n    example.org {{\n    }}\n")
    assert json.loads(found.stdout)["blocks"][0]["keys"] == [{"transport": "dns", "zone": "example.org.", "port": 53}]
