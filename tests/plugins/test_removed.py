"""Words that old Corefiles have: what took their place is said."""

from __future__ import annotations

import pytest

from corefile.compiler import compile_corefile
from corefile.versions.removed import REMOVED, REMOVED_PROPERTIES

FIRST_LINES = {
    "auto": "auto example.org",
    "file": "file db.example.org",
    "kubernetes": "kubernetes cluster.local",
    "secondary": "secondary",
}


@pytest.mark.parametrize(("plugin", "word"), REMOVED_PROPERTIES)
def test_a_removed_property_names_its_successor(plugin: str, word: str) -> None:
    found = compile_corefile(f". {{\n    {FIRST_LINES[plugin]} {{\n        {word}\n    }}\n}}\n").diagnostics
    removed = REMOVED_PROPERTIES[plugin, word]
    finding = next(finding for finding in found if finding.code == "CF204")
    assert finding.help == removed.instead
    assert finding.notes == (f"CoreDNS {removed.release} and later refuse it",)


@pytest.mark.parametrize("word", REMOVED)
def test_a_removed_plugin_names_its_successor(word: str) -> None:
    (finding,) = compile_corefile(f". {{\n    {word}\n}}\n").diagnostics
    assert (finding.code, finding.help) == ("CF201", REMOVED[word].instead)
    assert finding.notes == (f"CoreDNS {REMOVED[word].release} and later do not have '{word}'",)
