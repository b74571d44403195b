"""debug: lines of that level, while a configuration that wants them is in force."""

from pathlib import Path

import dns.message
import dns.rcode
import pytest
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


def test_what_plugins_say_before_a_configuration_serves_counts(tmp_path: Path) -> None:
    """Also in blocks in front of the one that has `debug`: it is for the whole process."""
    file = tmp_path / "hosts"
    file.write_text("192.0.2.1 a.example.org\n")
    block = "{}:0 {{\n    bind 127.0.0.1\n    {}\n}}\n"
    text = block.format("example.org", f"hosts {file}") + block.format("example.net", "debug\n    whoami")
    with serve(text, whole=True) as server:
        assert "[DEBUG] plugin/hosts: Parsed hosts file into 2 entries" in server.output()


@pytest.mark.parametrize(("now", "refused"), [("debug", ""), ("", "debug")])
def test_a_refused_configuration_leaves_it_as_it_was(now: str, refused: str, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with serve(f"    {now}\n    local") as server:
        good = server.text
        server.text = f"{good.replace(now, refused) if now else good.replace('    local', '    debug')}".replace(
            "}", f"}}\nexample.net:0 {{\n    bind 127.0.0.1\n    root {tmp_path}/circle\n}}\n"
        )
        server.engine.reload_now()
        assert any("unable to access root path" in line for line in server.output())
        server.ask("x.localhost. A")
        assert any(line.startswith("[DEBUG]") for line in server.output()) is bool(now)
        assert server.engine.output.debug is bool(now)


@pytest.mark.parametrize("plugins", ["debug", ""])
def test_a_wrong_reply_of_an_upstream_is_shown(plugins: str) -> None:
    """CoreDNS 1.14.7 writes it so that Wireshark can read it."""

    def respond(query: dns.message.QueryMessage, _over: str) -> dns.message.Message:
        other = dns.message.make_query("other.example.org.", "A", id=query.id)
        return dns.message.make_response(other)

    with serve(f"    {plugins}\n    forward . 127.0.0.1:{{up}}", respond=respond) as server:
        assert server.ask("A.example.org. A", id=4711).rcode() == dns.rcode.FORMERR
        said = server.output()
    assert said == [
        "[DEBUG] Wrong reply for id: 4711, A.example.org. 1",
        "debug: 000000 12 67 81 00 00 01 00 00 00 00 00 00 05 6f 74 68",
        "debug: 000010 65 72 07 65 78 61 6d 70 6c 65 03 6f 72 67 00 00",
        "debug: 000020 01 00 01",
        "debug: 000023",
    ] * bool(plugins)
