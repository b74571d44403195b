"""hosts: names, addresses, and a file that changes."""

import os
from pathlib import Path

import pytest
from corefile_runtime.testing import serve

LINES = """
        192.0.2.1 a.example.org A2.example.org
        2001:db8::1 a.example.org
        192.0.2.9 *.wild.example.org
"""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("a.example.org. A", ["NOERROR", "a.example.org. 3600 IN A 192.0.2.1"]),
        ("A.Example.org. A", ["NOERROR", "a.example.org. 3600 IN A 192.0.2.1"]),
        ("a2.example.org. A", ["NOERROR", "a2.example.org. 3600 IN A 192.0.2.1"]),
        ("a2.example.org. AAAA", ["NOERROR"]),
        ("a.example.org. AAAA", ["NOERROR", "a.example.org. 3600 IN AAAA 2001:db8::1"]),
        ("a.example.org. MX", ["NOERROR"]),
        ("x.wild.example.org. A", ["NOERROR", "x.wild.example.org. 3600 IN A 192.0.2.9"]),
        ("x.y.wild.example.org. A", ["SERVFAIL"]),
        ("none.example.org. A", ["SERVFAIL"]),
        (
            "1.2.0.192.in-addr.arpa. PTR",
            [
                "NOERROR",
                "1.2.0.192.in-addr.arpa. 3600 IN PTR a.example.org.",
                "1.2.0.192.in-addr.arpa. 3600 IN PTR a2.example.org.",
            ],
        ),
        ("9.2.0.192.in-addr.arpa. PTR", ["SERVFAIL"]),
    ],
)
def test_answers(question: str, answer: list[str]) -> None:
    with serve(f"    hosts /dev/null {{{LINES}    }}") as server:
        for _ in range(3):
            assert server.answers(question) == answer


def test_a_changed_file_ends_replayed_answers(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    file.write_text("192.0.2.1 a.example.org\n")
    with serve(f"    hosts {file} {{\n        reload 20ms\n    }}") as server:
        for _ in range(3):
            assert server.answers("a.example.org. A")[1].endswith("192.0.2.1")
        file.write_text("192.0.2.22 a.example.org\n")
        os.utime(file, (1, 1))
        server.wait(lambda: server.metric("coredns_hosts_reload_timestamp_seconds") == 1)
        assert server.answers("a.example.org. A")[1].endswith("192.0.2.22")
        assert server.metric(f'coredns_hosts_entries{{hostsfile="{file}"}}') == 2
        file.unlink()
        server.run(0.1)
        assert server.answers("a.example.org. A")[1].endswith("192.0.2.22")


def test_fallthrough_goes_on_for_its_zones_only() -> None:
    body = f"    hosts /dev/null {{{LINES}        fallthrough sub.example.org\n    }}\n    whoami\n"
    with serve(body) as server:
        assert server.answers("none.example.org. A") == ["SERVFAIL"]
        assert len(server.ask("none.sub.example.org. A").additional) == 2
