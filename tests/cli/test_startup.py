"""What `corefile lint` does not import: a run over one file shall cost little more than Python itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "asyncio",
    "concurrent",
    "dns",
    "dnslib",
    "json",
    "multiprocessing",
    "pickle",
    "pathlib",
    "prometheus_client",
    "re2",
    "rich",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "urllib",
    "yaml",
}

PROGRAM = """
import sys
from corefile_cli.main import main
code = main()
sys.stderr.write(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
sys.exit(code)
"""


def imported(*arguments: str, cwd: Path) -> set[str]:
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{PROGRAM}", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "text", [". {\n    forward . 192.0.2.1\n    cache 30\n}\n", ". {\n    cache {\n        prefech 10\n    }\n}\n"]
)
def test_lint_imports_nothing_heavy(text: str, tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text(text)
    assert imported("lint", cwd=tmp_path) & HEAVY == set()
    assert imported("lint", "--format", "full", cwd=tmp_path) & HEAVY == set()


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["--format", "json"], {"json"}),
        (["--format", "full", "--color", "always"], {"rich"}),
    ],
)
def test_a_format_imports_what_it_needs(arguments: list[str], needed: set[str], tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text(". {\n    whoami\n}\n")
    found = imported("lint", *arguments, cwd=tmp_path) & HEAVY
    assert needed <= found
    assert not found & {"yaml", "dnslib", "asyncio"}


@pytest.mark.parametrize("arguments", [["--help"], ["version"], ["plugins", "--plain"]])
def test_small_commands_compile_nothing(arguments: list[str], tmp_path: Path) -> None:
    assert not imported(*arguments, cwd=tmp_path) & {"lark", "rich", "yaml", "corefile_grammar", "dnslib"}
