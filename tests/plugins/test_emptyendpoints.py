"""emptyendpoints: CoreDNS does not know it, `corefile run` does."""

import pytest

from corefile.compiler import Options, compile_corefile
from corefile.plugins.emptyendpoints import Emptyendpoints

EXTENDED = Options(extensions=True)


@pytest.mark.parametrize(
    ("line", "namespaces"),
    [("emptyendpoints", ()), ("emptyendpoints shop payment shop", ("shop", "payment"))],
)
def test_namespaces(line: str, namespaces: tuple[str, ...]) -> None:
    compiled = compile_corefile(f". {{\n    {line}\n}}\n", options=EXTENDED)
    assert compiled.diagnostics == ()
    use = compiled.program.blocks[0].plugin("emptyendpoints")
    assert use is not None
    assert use.configs == (Emptyendpoints(namespaces=namespaces),)


@pytest.mark.parametrize(
    ("lines", "code"),
    [("emptyendpoints {\n    shop\n    }", "CF203"), ("emptyendpoints\n    emptyendpoints shop", "CF301")],
)
def test_refused(lines: str, code: str) -> None:
    compiled = compile_corefile(f". {{\n    {lines}\n}}\n", options=EXTENDED)
    assert [found.code for found in compiled.diagnostics] == [code]
