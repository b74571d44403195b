"""Plugins that look at the keys of their block, or at other blocks."""

from __future__ import annotations

import pytest

from corefile.compiler import compile_corefile

ACME = "tls {{\n  acme {}\n  email {}\n }}\n"


def acme(*uses: tuple[str, str]) -> str:
    """Server blocks that get certificates for a domain, each with an e-mail address."""
    blocks = [f"tls://z{index} {{\n {ACME.format(*use)}}}\n" for index, use in enumerate(uses)]
    return "".join(blocks)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (". {\n shed\n}\n", "", 0),
        (". tls://. {\n shed\n}\n", "CF305", 2),
        ("10.in-addr.arpa {\n kubernetes\n}\n", "CF305", 2),
        ("10.in-addr.arpa cluster.local {\n kubernetes\n}\n", "", 0),
        ("10.in-addr.arpa {\n kubernetes cluster.local\n}\n", "", 0),
        ("cluster.local clusterset.local {\n kubernetes {\n  multicluster clusterset.local\n }\n}\n", "", 0),
        ("cluster.local {\n kubernetes {\n  multicluster clusterset.local\n }\n}\n", "CF214", 4),
        (acme(("a.example.org", "x@example.org"), ("a.example.org", "x@example.org")), "", 0),
        (acme(("a.example.org", "x@example.org"), ("b.example.org", "y@example.org")), "", 0),
        (acme(("a.example.org", "x@example.org"), ("a.example.org", "y@example.org")), "CF305", 8),
        ("tls://a {\n tls cert key\n}\n" + acme(("a.example.org", "x@example.org")), "", 0),
    ],
)
def test_refusal(text: str, code: str, line: int) -> None:
    compiled = compile_corefile(text)
    found = None if compiled.refusal is None else compiled.diagnostics[compiled.refusal]
    assert ((found.code, found.span.line) if found else ("", 0)) == (code, line)
