"""debug: lines of that level, while a configuration that wants them is in force."""

from corefile_runtime.testing import serve


def test_lines_come_and_go() -> None:
    with serve("    debug\n    local\n    whoami") as server:
        for _ in range(2):
            server.ask("x.localhost. A")
        line = '[DEBUG] plugin/local: Intercepting localhost query for "x.localhost." A, from 127.0.0.1'
        assert server.output().count(line) == 2
        server.text = server.text.replace("    debug\n", "")
        server.engine.reload_now()
        server.ask("x.localhost. A")
        assert server.output().count(line) == 2
        server.text = server.text.replace("    local\n", "    debug\n    local\n")
        server.engine.reload_now()
        server.ask("x.localhost. A")
        assert server.output().count(line) == 3
