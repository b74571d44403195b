"""How rules are found, selected and run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from corefile.compiler import Compiled, Options, compile_corefile
from corefile.diag.page import read_page
from corefile.reporting import Selection, report_on
from corefile.rules import Rule, check_rules, rules

FAKE = '''"""A zone is called `bad.example`.

Nobody should do that.

## Example

```corefile
bad.example {
    whoami
}
```

## Instead

```corefile
good.example {
    whoami
}
```
"""

from corefile.rules import Finding

severity = "warning"


def check(compiled):
    for block in compiled.program.blocks:
        for key in block.keys:
            if key.zone == "bad.example." and key.word is not None:
                yield Finding(key.word.span, "zone 'bad.example' is served", help="serve another one")
'''


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rule:
    package = tmp_path / "house_rules"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "cl901_bad_zone.py").write_text(FAKE)
    (package / "no_rule.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "house_rules", raising=False)
    (rule,) = rules(str(package), "house_rules")
    return rule


def compiled(text: str) -> Compiled:
    return compile_corefile(text, "Corefile", Options())


def test_number_name_and_page_come_from_the_file(fake: Rule) -> None:
    assert (fake.number, fake.name, fake.severity) == ("CL901", "bad-zone", "warning")
    assert fake.title == "A zone is called `bad.example`"
    assert read_page(fake.page).prose.endswith("Nobody should do that.")


def test_a_finding_becomes_a_diagnostic(fake: Rule) -> None:
    page = read_page(fake.page)
    assert page.example is not None
    assert page.instead is not None
    (found,) = fake.check(compiled(page.example.corefile))
    assert (found.code, found.severity, found.rank) == ("CL901", "warning", None)
    assert found.span[:3] == ("Corefile", 1, 1)
    assert not list(fake.check(compiled(page.instead.corefile)))


def test_rules_do_not_touch_the_verdict(fake: Rule) -> None:
    program = compiled("bad.example {\n    whoami\n}\n")
    report = report_on(program, check_rules(program, Selection().takes, [fake]))
    assert [found.code for found in report.diagnostics] == ["CL901"]
    assert (report.verdict, report.refusal) == ("accept", None)


def test_only_wanted_rules_run(fake: Rule) -> None:
    program = compiled("bad.example {\n    whoami\n}\n")
    assert not list(check_rules(program, Selection(ignore=("CL9",)).takes, [fake]))


def test_built_in_rules_are_found_by_their_files() -> None:
    assert [rule.number for rule in rules()] == sorted(rule.number for rule in rules())
