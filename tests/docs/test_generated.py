"""The generated pages are what `make docs` writes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build", ROOT / "docs" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_are_fresh(build: ModuleType) -> None:
    assert list(build.stale_pages()) == [], "run `make docs`"


def test_no_page_names_a_folder_of_this_machine(build: ModuleType) -> None:
    for name, text in build.pages().items():
        assert "/tmp" not in text or name.startswith("plugins/"), name  # noqa: S108 - that is what must not be there
