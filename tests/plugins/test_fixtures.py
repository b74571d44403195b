"""Corefiles for each plugin, and what is said of them: `NAME/x.corefile` and `NAME/x.out`.

An `.out` file has the verdict, the line and code of the refusal, and one line for each finding. The verdicts and the
lines of refusals are CoreDNS's: look at them before `--accept` writes them.
"""

from pathlib import Path

import pytest

from corefile.compiler import Compiled, Options, compile_corefile
from corefile.diag.diagnostic import Diagnostic
from corefile.plugins.order import POSITION

FOLDER = Path(__file__).parent.parent / "fixtures" / "plugins"
POD = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}

COREFILES = sorted(FOLDER.glob("*/*.corefile"))


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


@pytest.mark.parametrize("path", COREFILES, ids=name_of)
def test_fixture(path: Path, pytestconfig: pytest.Config) -> None:
    compiled = compile_corefile(path.read_bytes(), str(path), Options(env=POD))
    found = render(compiled, path.parent)
    out = path.with_suffix(".out")
    if pytestconfig.getoption("--accept"):
        out.write_text(found, "utf-8")
    assert out.exists(), f"{name_of(out)} is missing: look at the verdict and accept it with --accept"
    assert found == out.read_text("utf-8")


def test_every_out_has_its_corefile() -> None:
    orphans = [name_of(path) for path in FOLDER.glob("*/*.out") if not path.with_suffix(".corefile").exists()]
    assert orphans == []


def test_every_folder_is_a_plugin() -> None:
    assert {path.parent.name for path in COREFILES} <= set(POSITION)


def render(compiled: Compiled, folder: Path) -> str:
    refusal = "none"
    if compiled.refusal is not None:
        at = compiled.diagnostics[compiled.refusal]
        refusal = f"{at.span.line} {at.code}"
    lines = [f"verdict: {compiled.verdict}", f"refusal: {refusal}"]
    lines += [render_diagnostic(compiled, found, folder) for found in compiled.diagnostics]
    return "\n".join(lines) + "\n"


def render_diagnostic(compiled: Compiled, found: Diagnostic, folder: Path) -> str:
    span = found.span
    place = f"{span.line}:{span.column}"
    if span.path != compiled.path:
        place = f"{Path(span.path).relative_to(folder)}:{place}"
    return f"{place}: {found.severity}: {found.code} {found.message}"
