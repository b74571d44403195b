"""Secrets are masked in the lines and sentences of findings, and nothing else is."""

from __future__ import annotations

import pytest

from corefile.compiler import compile_corefile
from corefile.diag.redaction import redact_line
from corefile.diag.render import FORMATS, Terminal, renderer
from corefile.reporting import report_on


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("    secret example.org. c2VjcmV0", "    secret example.org. ********"),
        ('    token "a b" c', "    token ** ** *"),
        ("    aws_access_key AKIA s3cret", "    aws_access_key AKIA ******"),
        ("    credentials user pass", "    credentials user ****"),
        ("    credentials file.json", "    credentials file.json"),
        ("tsig { secret a b }", "tsig { secret * * }"),
        (r'  Corefile: ". {\n nomad {\n token abc\n }\n}\n"', r'  Corefile: ". {\n nomad {\n token ***\n }\n}\n"'),
        ("    rewrite name token example.org", "    rewrite name token example.org"),
        ("    secrets file", "    secrets file"),
        ("    secret", "    secret"),
        ("    cache 30", "    cache 30"),
        ("  endpoint http://u:p%40@192.0.2.1:2379", "  endpoint http://******@192.0.2.1:2379"),
        ("  endpoint https://a.example.org/x?token=abc&b=1", "  endpoint https://a.example.org/x?token=***&b=1"),
        ("  to https://a.example.org/@x tls://b@c.example.org", "  to https://a.example.org/@x tls://*@c.example.org"),
    ],
)
def test_lines(line: str, masked: str) -> None:
    assert redact_line(line).text == masked


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "text",
    [
        ". {\n    nomad {\n        token abc s3cr3t\n    }\n}\n",
        ". {\n    tsig {\n        secret a. s3cr3t s3cr3t\n    }\n}\n",
        ". {\n    route53 a.:Z {\n        aws_access_key A s3cr3t s3cr3t\n    }\n}\n",
        ". {\n    etcd {\n        credentials s3cr3t s3cr3t s3cr3t\n    }\n}\n".replace(
            "credentials s3cr3t", "credentials u"
        ),
        ". {\n    azure a:b {\n        secret s3cr3t s3cr3t\n    }\n}\n",
    ],
)
def test_no_format_shows_them(form: str, text: str) -> None:
    report = report_on(compile_corefile(text))
    assert report.diagnostics
    assert "s3cr3t" not in "".join(renderer(form)([report], Terminal()))
