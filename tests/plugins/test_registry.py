"""Every plugin is complete: a spec with pages' worth of words, fixtures that are taken and refused, clean examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from corefile.compiler import Options, compile_corefile
from corefile.plugins.order import EXTENSIONS, ORDER
from corefile.plugins.spec import load

FIXTURES = Path(__file__).parent.parent / "fixtures" / "plugins"
POD = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}


@pytest.mark.parametrize("name", ORDER)
def test_has_fixtures_of_both_kinds(name: str) -> None:
    outs = [path.read_text("utf-8") for path in (FIXTURES / name).glob("*.out")]
    refused = [out for out in outs if out.startswith("verdict: reject")]
    assert refused, "no fixture that is refused"
    assert len(refused) < len(outs) or name in EXTENSIONS, "no fixture that is taken"


@pytest.mark.parametrize("name", ORDER)
def test_spec_says_what_people_need(name: str) -> None:
    plugin = load(name)
    assert plugin.name == name
    assert plugin.usage
    assert all(usage.split()[0] == name for usage in plugin.usage)
    assert plugin.summary
    assert plugin.summary[0] == plugin.summary[0].lower()
    assert not plugin.summary.endswith(".")
    assert plugin.description.strip()
    assert plugin.examples
    for prop in plugin.properties:
        assert prop.doc.endswith("."), prop.name
        assert (prop.usage or prop.name).split()[0] == prop.name, prop.name


@pytest.mark.parametrize("name", ORDER)
def test_config_has_a_default_for_everything(name: str) -> None:
    assert load(name).config() == load(name).config()


@pytest.mark.parametrize(("name", "number"), [(name, n) for name in ORDER for n in range(len(load(name).examples))])
def test_examples_are_clean_and_use_the_plugin(name: str, number: int) -> None:
    example = load(name).examples[number]
    compiled = compile_corefile(example.corefile, "Corefile", Options(env=POD, extensions=name in EXTENSIONS))
    assert compiled.verdict != "reject", compiled.diagnostics
    assert [found for found in compiled.diagnostics if found.severity == "error"] == []
    assert any(block.plugin(name) for block in compiled.program.blocks)
