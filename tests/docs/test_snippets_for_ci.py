"""What the documentation gives for other tools: YAML that is YAML, hooks that exist, a pattern that fits."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from tests.docs.listings import ROOT, Listing, of_language


@pytest.mark.parametrize("listing", of_language("yaml"), ids=str)
def test_yaml_can_be_read(listing: Listing) -> None:
    assert yaml.safe_load(listing.text) is not None


@pytest.mark.parametrize("listing", of_language("json"), ids=str)
def test_json_can_be_read(listing: Listing) -> None:
    assert json.loads(listing.text) is not None


def test_hooks_of_the_pages_exist() -> None:
    hooks: Any = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    named = {word for found in of_language("yaml") for word in re.findall(r"- id: (\S+)", found.text)}
    assert named == {hook["id"] for hook in hooks}


def test_the_problem_matcher_finds_place_code_and_message() -> None:
    (listing,) = [found for found in of_language("json") if found.name == ".github/corefile.json"]
    matcher: Any = json.loads(listing.text)["problemMatcher"][0]["pattern"][0]
    found = re.fullmatch(matcher["regexp"], "a/Corefile:4:9: CF204 plugin 'cache' has no property 'sucess'")
    assert found is not None
    assert found[matcher["file"]] == "a/Corefile"
    assert (found[matcher["line"]], found[matcher["column"]], found[matcher["code"]]) == ("4", "9", "CF204")
    assert found[matcher["message"]].startswith("plugin 'cache'")
