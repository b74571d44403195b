"""The README's list of plugins that `run` serves is the list of handlers."""

from __future__ import annotations

import re
from pathlib import Path

from corefile_runtime.chain.build import find_handler

from corefile.plugins.order import ORDER

README = Path(__file__).parents[2] / "README.md"


def test_readme_lists_the_plugins_that_are_served() -> None:
    sentence = re.search(r"plugins are served: (.*?)\. A Corefile", README.read_text("utf-8"), re.DOTALL)
    assert sentence is not None
    listed = re.findall(r"`(\w+)`", sentence[1])
    assert listed == sorted(name for name in ORDER if find_handler(name) is not None)
