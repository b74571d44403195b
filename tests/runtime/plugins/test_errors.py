"""errors: what is written, and what is written together."""

import dns.message
import pytest
from corefile_runtime.listeners.dns import PlainDns
from corefile_runtime.testing import serve


def test_the_error_of_an_empty_chain() -> None:
    with serve("    errors") as server:
        server.ask("A.example.org. MX")
        assert server.output() == ["[ERROR] plugin/errors: 2 a.example.org. MX: plugin/errors: no next plugin found"]


def test_errors_that_are_told_together() -> None:
    with serve('    errors {\n        consolidate 50ms "no next plugin" warning\n    }') as server:
        for _ in range(3):
            server.ask("a.example.org. A")
        assert server.output() == []
        server.wait(server.output)
        assert server.output() == ["[WARNING] plugin/errors: 3 errors like 'no next plugin' occurred in last 50ms"]


def test_the_first_is_told_at_once_and_the_rest_at_the_end() -> None:
    server_lines: list[str] = []
    with serve('    errors {\n        consolidate 1h "no next plugin" info show_first\n    }') as server:
        for _ in range(2):
            server.ask("a.example.org. A")
        assert len(server.output()) == 1
        assert server.engine.instance is not None
        server.engine.instance.stop()
        server_lines = server.output()
    assert server_lines[1] == "[INFO] plugin/errors: 2 errors like 'no next plugin' occurred in last 1h0m0s"


@pytest.mark.parametrize("pattern", [r"\p{lu}|next", r"(?P<a>no)|(?P<b>\p{Letter}+)", r"\pL\s\Qplugin\E"])
def test_expressions_of_go_that_re2_does_not_know(pattern: str) -> None:
    with serve(f"    errors {{\n        consolidate 1h {pattern} warning\n    }}") as server:
        server.ask("a.example.org. A")
        assert server.output() == []


def test_errors_after_another_configuration_took_over_are_told_at_once() -> None:
    with serve('    errors {\n        consolidate 1h "no next plugin" warning\n    }') as server:
        previous = server.engine.instance
        assert previous is not None
        (old,) = previous.servers.values()
        server.ask("a.example.org. A")
        old.waiting += 1  # a query is under way
        server.text = server.text.replace("errors {", "whoami\n    errors {")
        server.engine.reload_now()
        lines = [line for line in server.output() if "errors" in line]
        assert lines == ["[WARNING] plugin/errors: 1 errors like 'no next plugin' occurred in last 1h0m0s"]
        (listening,) = server.engine.listeners.find("dns")
        assert isinstance(listening, PlainDns)
        assert old.ask(dns.message.make_query("b.example.org.", "A").to_wire(), listening.udp, b"", server.now)
        assert server.output()[-1] == (
            "[WARNING] plugin/errors: 2 b.example.org. A: plugin/errors: no next plugin found"
        )
