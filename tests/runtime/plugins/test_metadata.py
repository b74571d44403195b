"""metadata: labels are collected for the zones that it names."""

import pytest
from corefile_runtime.testing import serve

HOSTS = "    hosts /dev/null {\n        192.0.2.1 a.example.org a.example.net\n    }\n"


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize(
    ("directive", "org", "net"),
    [
        ("metadata", "v success", "v success"),
        ("metadata Example.ORG", "v success", "- success"),
        ('metadata ""', "- success", "- success"),
        ("metadata a..b", "- success", "- success"),
        ("debug", "- -", "- -"),
    ],
)
def test_labels_are_those_of_its_zones(directive: str, org: str, net: str, replay: bool) -> None:
    body = f'    view v\n    {directive}\n    log . "{{/view/name}} {{/log/class}}"\n{HOSTS}'
    with serve(body, replay=replay) as server:
        for _ in range(2):
            server.ask("a.example.org. A")
            server.ask("a.example.net. A")
        lines = [line for line in server.output() if line.startswith("[INFO]")]
        assert lines == [f"[INFO] {org}", f"[INFO] {net}"] * 2
