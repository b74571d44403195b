"""Setup of plugins: order of faults, what is needed from outside, and addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from corefile.compiler import Compiled, Options, compile_corefile
from corefile.ir.program import External
from corefile.ir.values import Secret


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def compiled(text: str, check_files: bool = False) -> Compiled:
    return compile_corefile(text, "Corefile", Options(check_files=check_files))


def codes(found: Compiled) -> list[tuple[str, str, int]]:
    return [(each.code, each.severity, each.span.line) for each in found.diagnostics]


def test_the_first_fault_is_that_of_the_first_plugin_of_the_chain() -> None:
    found = compiled(". {\n whoami x\n errors a b c\n}\nb {\n bufsize x\n}\n")
    assert codes(found) == [("CF203", "error", 2), ("CF203", "error", 3), ("CF205", "error", 6)]
    assert found.refusal == 2  # bufsize comes first, whatever the block


def test_the_first_block_is_first_for_one_plugin() -> None:
    found = compiled("a {\n whoami x\n}\nb {\n whoami x\n}\n")
    assert found.refusal == 0


def test_equal_words_are_read_once_and_reported_where_they_stand() -> None:
    found = compiled("a {\n cache x y z {\n  nope\n }\n}\n\nb {\n cache x y z {\n  nope\n }\n}\n")
    assert [line for _, _, line in codes(found)] == [3, 9]
    first, second = (block.plugin("cache") for block in found.program.blocks)
    assert first is not None
    assert second is not None
    assert first.configs[0] is second.configs[0]


def test_files_are_not_looked_at_unless_asked_for(folder: Path) -> None:
    text = ". {\n file zone.db\n}\n"
    assert codes(compiled(text)) == []
    assert compiled(text, check_files=True).diagnostics[0].message == (
        "zone file 'zone.db' cannot be read: no such file or directory"
    )
    (folder / "zone.db").write_text("")
    assert codes(compiled(text, check_files=True)) == []


def test_files_stand_below_the_root(folder: Path) -> None:
    (folder / "zones").mkdir()
    (folder / "zones" / "zone.db").write_text("")
    assert codes(compiled(". {\n root zones\n file zone.db\n}\n", check_files=True)) == []


def test_a_certificate_that_must_be_there() -> None:
    text = "tls://. {\n tls cert.pem key.pem\n}\n"
    found = compiled(text)
    assert found.verdict == "environment"
    assert {(code, severity) for code, severity, _ in codes(found)} == {("CF403", "warning")}
    assert {severity for _, severity, _ in codes(compiled(text, check_files=True))} == {"error"}


def test_addresses() -> None:
    text = "a {\n bind 127.0.0.1 ::1 {\n  except ::1\n }\n bind 127.0.0.2\n}\n"
    (block,) = compiled(text).program.blocks
    assert block.addresses == ("127.0.0.1", "127.0.0.2")


def test_lines_of_a_plugin_that_is_only_declared(folder: Path) -> None:
    (folder / "more.conf").write_text("b c\nd e\n")
    text = ". {\n demo a {\n  import more.conf\n  token x\n }\n}\n"
    (block,) = compile_corefile(text, options=Options(external_plugins=frozenset({"demo"}))).program.blocks
    (config,) = block.plugins[0].configs
    assert isinstance(config, External)
    assert config.lines == ("demo a {", "b c", "d e", "token x", "}")
    assert [type(line) for line in config.lines] == [str, str, str, Secret, str]


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("hosts nowhere", "warning"),
        ("hosts cert.pem/x", "error"),
        ("hosts folder", "warning"),
        ("hosts cert.pem", ""),
        ("root nowhere", "warning"),
        ("root cert.pem/x", "error"),
        ("root cert.pem", ""),
        ("root folder", ""),
        ("auto {\n  directory nowhere\n }", "warning"),
        ("auto {\n  directory cert.pem/x\n }", "error"),
        ("auto {\n  directory folder\n }", ""),
    ],
)
def test_what_may_be_missing_must_be_within_reach(line: str, severity: str, folder: Path) -> None:
    """CoreDNS takes a file or a folder that is not there, but no other answer of the system."""
    (folder / "cert.pem").write_text("")
    (folder / "folder").mkdir()
    text = f". {{\n {line}\n}}\n"
    assert compiled(text).verdict == "accept"
    found = compiled(text, check_files=True)
    assert [one.severity for one in found.diagnostics] == ([severity] if severity else [])
    assert found.verdict == ("environment" if severity else "accept")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (f". {{\n root {'a' * 256}\n root .\n}}\n", "accept"),
        (f". {{\n root .\n root {'a' * 256}\n}}\n", "reject"),
        (". {\n bind lo {\n  except *%\n  except ::1\n }\n}\n", "accept"),
        (". {\n bind lo {\n  except ::1\n  except *%\n }\n}\n", "reject"),
    ],
)
def test_where_the_last_line_counts_only_that_one_is_looked_at(text: str, verdict: str) -> None:
    assert compiled(text).verdict == verdict
