"""Commands of the documentation print what it says. Each listing starts anew with the files of its page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.listings import Listing, of_language, write_files
from tests.docs.packages import installed

CONSOLES = of_language("console")

ANY = "…"


def environment(listing: Listing) -> dict[str, str]:
    """Few variables, and the `corefile` of the Python that runs the tests first on PATH."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    git = {f"GIT_{who}_{what}": "newcomer@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    package = {"PYTHONPATH": installed(listing.package)} if listing.package else {}
    return {"PATH": path, "HOME": "/nonexistent", "LANG": "C.UTF-8", "PYTHONUTF8": "1", **git, **package, **listing.env}


def commands(listing: Listing) -> list[tuple[str, list[str]]]:
    """Each command and the lines below it. A command goes on behind a backslash."""
    found: list[tuple[str, list[str]]] = []
    for line in listing.text.splitlines():
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        elif found and found[-1][0].endswith("\\"):
            found[-1] = (found[-1][0] + "\n" + line.removeprefix("> "), [])
        else:
            assert found, f"{listing}: begins with no command"
            found[-1][1].append(line)
    return found


def matches(expected: list[str], printed: list[str]) -> bool:
    """Line for line, but `…` alone on a line is any number of lines."""
    pattern = "".join("(?:.*\n)*" if line == ANY else re.escape(line) + "\n" for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in printed)) is not None


def run(command: str, folder: Path, env: dict[str, str]) -> list[str]:
    shell = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=60,
    )
    return shell.stdout.splitlines()


def test_there_are_commands_to_try() -> None:
    assert len(CONSOLES) > 5


@pytest.mark.parametrize("listing", [found for found in CONSOLES if not found.expectation], ids=str)
def test_a_command_prints_what_the_page_says(listing: Listing, tmp_path: Path) -> None:
    write_files(listing, tmp_path)
    for command, expected in commands(listing):
        printed = run(command, tmp_path, environment(listing))
        assert matches(expected, printed), f"$ {command}\n" + "\n".join(printed)
