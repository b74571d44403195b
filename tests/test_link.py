"""Blocks to listeners."""

from __future__ import annotations

import pytest

from corefile.compiler import compile_corefile


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["dns://:53 .=0"]),
        ("a b:54 {\n}\n", ["dns://:53 a.=0", "dns://:54 b.=0"]),
        ("a {\n}\nb {\n}\ntls://a {\n}\n", ["dns://:53 a.=0 b.=1", "tls://:853 a.=2"]),
        ("a {\n view x {\n expr true\n }\n}\na {\n}\n", ["dns://:53 a.=0 a.=1"]),
        ("a {\n bind 127.0.0.1 ::1\n}\n", ["dns://127.0.0.1:53 a.=0", "dns://[::1]:53 a.=0"]),
        ("192.0.2.0/23 {\n}\n", ["dns://:53 2.0.192.in-addr.arpa.=0 3.0.192.in-addr.arpa.=0"]),
        ("unix://a {\n}\n", []),
        ("a:65536 {\n}\n", []),
    ],
)
def test_listeners(text: str, expected: list[str]) -> None:
    program = compile_corefile(text).program
    found = [" ".join([str(each), *(f"{zone}={block}" for zone, block in each.routes)]) for each in program.listeners]
    assert found == expected
