"""`corefile explain` and `corefile plugins`."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from corefile_cli.main import cli

from corefile.diag.codes import CODES
from corefile.diag.render.markdown_view import view
from corefile.ir.program import Config
from corefile.plugins import external
from corefile.plugins.order import EXTENSIONS, ORDER
from corefile.plugins.spec import Plugin
from corefile.rules import Rule


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), catch_exceptions=False)


@pytest.mark.parametrize("code", CODES)
def test_codes(code: str) -> None:
    result = run("explain", code)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{code} {CODES[code].name} ({CODES[code].severity})\n")
    assert "```" not in result.stdout
    assert all(len(line) <= 80 or line.startswith("    ") for line in result.stdout.splitlines())


@pytest.mark.parametrize("subject", ["cf204", "unknown-property", "CF204"])
def test_ways_to_name_a_code(subject: str) -> None:
    assert run("explain", subject).stdout.startswith("CF204 unknown-property")


@pytest.mark.parametrize("name", ORDER)
def test_plugins(name: str) -> None:
    result = run("explain", name)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{name}\n\n")
    assert f"number {ORDER.index(name) + 1} of {len(ORDER)}" in " ".join(result.stdout.split())
    assert ("CoreDNS does not have this plugin" in result.stdout) is (name in EXTENSIONS)


def test_a_plugins_page_has_everything() -> None:
    text = run("explain", "cache", "--markdown").stdout
    for part in ("# cache\n", "```text\ncache [TTL] [ZONES...] {\n", "## Properties\n", "Default: ", "Since CoreDNS ",
                 "After `acl`, before `header`", "## Examples\n", "```corefile\n"):  # fmt: skip
        assert part in text


def test_several_subjects() -> None:
    text = run("explain", "whoami", "CF101").stdout
    assert "\n\nCF101 unclosed-block" in text


@pytest.mark.parametrize(
    ("subject", "hint"),
    [("cahce", "'cache'"), ("CF104x", "'CF104'"), ("unknow-property", "'unknown-property'"), ("zzzzzz", "")],
)
def test_what_nobody_knows(subject: str, hint: str) -> None:
    result = run("explain", subject)
    assert result.exit_code == 2
    assert f"no code or plugin '{subject}'" in result.output
    assert (f"Did you mean {hint}" in result.output) is bool(hint)


def test_plugins_in_order() -> None:
    assert run("plugins", "--plain").stdout.split() == list(ORDER)
    rows = [line.split()[0] for line in run("plugins").stdout.splitlines() if not line.startswith(" ")]
    assert rows == list(ORDER)


def test_plugins_as_coredns_lists_them() -> None:
    lines = run("plugins", "--coredns").stdout.split("\n")
    assert lines[:2] == ["acl", "any"]
    assert lines[-4:] == ["whoami", "on", "", ""]
    assert set(lines) - {""} == set(ORDER) - EXTENSIONS


def test_plugins_of_other_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    demo: Plugin[Config] = Plugin(
        name="demo", summary="a fixed answer", usage=("demo",), config=Config, before=ORDER[3], since=""
    )
    monkeypatch.setattr(external, "names", lambda: ["broken", "demo"])
    monkeypatch.setattr(external, "_found", {"demo": demo, "broken": None})
    assert run("plugins", "--plain").stdout.split()[2:5] == [ORDER[2], "demo", ORDER[3]]
    assert "a fixed answer (installed)\n" in run("plugins").stdout
    assert "demo" in run("plugins", "--coredns").stdout.split()
    assert run("explain", "demo").stdout.startswith("demo\n\nA fixed answer.\n")
    assert "Did you mean 'demo'?" in run("explain", "demoo").output


def test_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Rule("CL901", "bad-zone", "corefile_cli.version")
    monkeypatch.setattr("corefile_cli.version.severity", "warning", raising=False)
    monkeypatch.setattr("corefile_cli.explain.rules", lambda: (rule,))
    for subject in ("CL901", "cl901", "bad-zone"):
        assert run("explain", subject).stdout.startswith("CL901 bad-zone (warning)\n\n`corefile version`: ")
    assert "Did you mean 'bad-zone'?" in run("explain", "badzone").output


def test_markdown_on_a_terminal() -> None:
    page = "# Title\n\nfirst line\nsecond line\n\n- one\n  more\n- two\n\n```corefile file=a.conf\nx\n\ny\n```\nend\n"
    lines = ["".join(piece.text for piece in line) for line in view(page, 30)]
    assert lines[:7] == ["Title", "", "first line second line", "", "- one more", "- two", ""]
    assert lines[7:] == ["a.conf:", "    x", "", "    y", "end", ""]
