"""Every rule: its page, its example, what to write instead, and its fix."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from corefile.compiler import Options, compile_corefile
from corefile.diag.page import Listing, read_page
from corefile.fixing import mend
from corefile.formatter import format_corefile
from corefile.inputs import Input
from corefile.ir.source import Source
from corefile.reporting import Checked
from corefile.rules import GROUPS, Rule, rules
from corefile.version import __version__
from tests.rules.fixing import linter

RULES = rules()
SECTIONS = ["What it finds", "Why", "Example", "Instead", "Notes", "References"]
ORDER = {"accept": 0, "environment": 1, "reject": 2}

every_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.number for rule in RULES])


def put(listing: Listing, folder: Path) -> Input:
    for name, text in {**listing.files, "Corefile": listing.corefile}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    source = Source("Corefile", listing.corefile, base=str(folder / "Corefile"))
    return Input("Corefile", source, data=listing.corefile.encode())


def check(given: Input) -> Checked:
    return linter().check(given)


@every_rule
def test_a_page_has_its_sections(rule: Rule) -> None:
    headings = re.findall(r"^## (.*)$", rule.page, re.MULTILINE)
    assert [heading for heading in headings if heading in SECTIONS] == headings
    assert headings[:4] == SECTIONS[:4]
    assert "References" in headings
    assert rule.page.split("\n")[0].endswith(".")


@every_rule
def test_a_rule_has_a_group_a_severity_and_a_first_release(rule: Rule) -> None:
    assert rule.number[:3] in GROUPS
    assert rule.severity in ("error", "warning", "info")
    assert re.fullmatch(r"\d+\.\d+\.\d+", rule.since)
    assert [int(part) for part in rule.since.split(".")] <= [int(part) for part in __version__.split(".")]


def test_names_and_numbers_are_used_once() -> None:
    assert len({rule.number for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


@every_rule
def test_the_example_triggers_exactly_its_rule(rule: Rule, tmp_path: Path) -> None:
    example = read_page(rule.page).example
    assert example is not None
    given = put(example, tmp_path)
    checked = check(given)
    assert {one.code for one in checked.extra} == {rule.number}
    assert {one.severity for one in checked.extra} == {rule.severity}
    assert checked.compiled.verdict != "reject"
    assert format_corefile(given.source) == given.source.text


@every_rule
def test_instead_triggers_nothing(rule: Rule, tmp_path: Path) -> None:
    instead = read_page(rule.page).instead
    assert instead is not None
    given = put(instead, tmp_path)
    checked = check(given)
    assert checked.extra == ()
    assert checked.compiled.verdict != "reject"
    assert format_corefile(given.source) == given.source.text


@every_rule
def test_a_fix_takes_the_finding_away_and_leaves_all_else_in_order(rule: Rule, tmp_path: Path) -> None:
    example = read_page(rule.page).example
    assert example is not None
    given = put(example, tmp_path)
    before = check(given)
    if all(one.fix is None for one in before.extra):
        assert "The fix" not in rule.page
        return
    assert "The fix" in rule.page
    after = mend(given, check, unsafe=True)
    text = after.given.source.text
    assert rule.number not in {one.code for one in after.checked.extra}
    assert ORDER[after.checked.compiled.verdict] <= ORDER[before.compiled.verdict]
    assert format_corefile(text) == text
    assert mend(after.given, check, unsafe=True).fixed == ()


@every_rule
def test_a_safe_fix_changes_nothing_that_is_answered(rule: Rule, tmp_path: Path) -> None:
    example = read_page(rule.page).example
    assert example is not None
    given = put(example, tmp_path)
    after = mend(given, check)
    programs = [compile_corefile(one.source, "Corefile", Options()).program for one in (given, after.given)]
    assert programs[0] == programs[1]


@every_rule
def test_a_rule_about_a_plugin_looks_at_nothing_else(rule: Rule, tmp_path: Path) -> None:
    """Its module is not imported for a Corefile without the plugin, so it must have it in its example."""
    example = read_page(rule.page).example
    assert example is not None
    compiled = check(put(example, tmp_path)).compiled
    assert not rule.plugin or rule.plugin in compiled.index.names()
