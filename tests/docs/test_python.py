"""The Python of the documentation runs, and prints what the page says. Each page is a session of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.listings import ROOT, Listing, of_language, write_files

PYTHON = of_language("python")

PATHS = [str(ROOT / folder) for folder in (".", "grammar", "runtime", "cli")]

SESSION = """\
import doctest, sys
test = doctest.DocTestParser().get_doctest(sys.stdin.read(), {}, "page", "page", 0)
sys.exit(doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed)
"""


def python(program: str, text: str, folder: Path) -> str:
    """Run a program in a new interpreter: what it prints, and nothing is wrong."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys; sys.path[:0] = {PATHS}\n{program}"],
        cwd=folder,
        input=text,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    return ran.stdout


PROGRAMS = [found for found in PYTHON if not found.text.startswith(">>>") and found.name is None]


@pytest.mark.parametrize("listing", PROGRAMS, ids=str)
def test_a_program_runs(listing: Listing, tmp_path: Path) -> None:
    write_files(listing, tmp_path)
    assert python(listing.text, "", tmp_path)


@pytest.mark.parametrize("page", sorted({found.page for found in PYTHON if found.text.startswith(">>>")}))
def test_a_session_prints_what_the_page_says(page: str, tmp_path: Path) -> None:
    parts = [found for found in PYTHON if found.page == page and found.text.startswith(">>>")]
    write_files(parts[-1], tmp_path)
    python(SESSION, "\n".join(part.text for part in parts), tmp_path)


def test_a_function_of_the_package_can_be_called_twice(tmp_path: Path) -> None:
    python("import corefile\nfor _ in '12': corefile.format(''), corefile.diff('', '')", "", tmp_path)
