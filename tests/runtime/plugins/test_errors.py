"""errors: what is written, and what is written together."""

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
