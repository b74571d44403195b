"""bind: the addresses of the listeners."""

from corefile_runtime.testing import serve


def test_a_block_is_served_at_the_addresses_it_names() -> None:
    with serve(".:0 {\n    bind 127.0.0.1 127.0.0.2\n    whoami\n}\n", whole=True) as server:
        assert [host for host, _ in server.engine.addresses()] == ["127.0.0.1", "127.0.0.2"]
        assert server.ask("a.example.org. A").additional


def test_a_reload_moves_to_other_addresses() -> None:
    with serve("    whoami") as server:
        server.text = server.text.replace("127.0.0.1", "127.0.0.2 127.0.0.3")
        server.engine.reload_now()
        assert [host for host, _ in server.engine.addresses()] == ["127.0.0.2", "127.0.0.3"]
