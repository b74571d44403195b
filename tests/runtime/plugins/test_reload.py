"""reload: the Corefile is looked at again and again."""

from corefile_runtime.testing import Running, serve

BODY = "    reload 2s 1s\n    hosts /dev/null {\n        192.0.2.1 a.example.org\n    }\n"
RUNNING = "[INFO] plugin/reload: Running configuration SHA512 = "


def address(server: Running) -> str:
    return server.answers("a.example.org. A")[1].rpartition(" ")[2]


def test_a_changed_file_is_taken_up() -> None:
    with serve(BODY) as server:
        assert address(server) == "192.0.2.1"
        server.text = server.text.replace("192.0.2.1", "192.0.2.2")
        server.wait(lambda: "[INFO] Reloading complete" in server.output())
        assert address(server) == "192.0.2.2"
        assert len([line for line in server.output() if line.startswith(RUNNING)]) == 2


def test_what_fails_is_counted_once_and_the_watch_goes_on() -> None:
    with serve(BODY) as server:
        good = server.text
        server.text = good.replace("bind 127.0.0.1", "bind 192.0.2.77")
        server.wait(lambda: server.metric("coredns_reload_failed_total"))
        server.run(5)
        assert server.metric("coredns_reload_failed_total") == 1
        assert server.metric("corefile_config_last_reload_successful") == 0
        assert address(server) == "192.0.2.1"
        server.text = good.replace("192.0.2.1", "192.0.2.3")
        server.wait(lambda: "[INFO] Reloading complete" in server.output())
        assert address(server) == "192.0.2.3"


def test_of_several_blocks_the_last_decides() -> None:
    block = "{}:0 {{\n    bind 127.0.0.1\n    reload {}\n    whoami\n}}\n"
    with serve(block.format("example.org", "1h") + block.format("example.net", "2s 1s"), whole=True) as server:
        assert len([line for line in server.output() if line.startswith(RUNNING)]) == 1
        server.text = server.text.replace("whoami", "local\n    whoami")
        server.wait(lambda: "[INFO] Reloading complete" in server.output())


def test_without_it_nothing_is_looked_at() -> None:
    with serve(BODY) as server:
        server.text = server.text.replace("    reload 2s 1s\n", "")
        server.engine.reload_now()
        server.text = server.text.replace("192.0.2.1", "192.0.2.2")
        server.run(5)
        assert address(server) == "192.0.2.1"
