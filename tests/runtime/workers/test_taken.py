"""A port that is taken is said by several processes as by one."""

import os
import socket
from contextlib import closing

import pytest
from corefile_runtime.chain.refusal import StartError

from tests.ports import free_port
from tests.runtime.workers.whole import whole

pytestmark = [
    pytest.mark.usefixtures("patient", "turns"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def test_a_port_that_is_taken_says_where_and_by_whom() -> None:
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        said = rf"^Corefile:2: plugin/bind: listen udp 127\.0\.0\.1:{port}: bind: address already in use by .*process"
        with pytest.raises(StartError, match=said), whole(f".:{port} {{\n    bind 127.0.0.1\n    whoami\n}}\n"):
            pass


def test_a_reload_onto_it_as_well() -> None:
    with whole(".:0 {\n    bind 127.0.0.1\n    whoami\n}\n") as server, closing(socket.socket()) as other:
        other.bind(("127.0.0.1", free_port()))
        other.listen()
        port = other.getsockname()[1]
        server.text = f".:{port} {{\n    bind 127.0.0.1\n    whoami\n}}\n"
        server.engine.reload_now()
        said = f"Restart failed: Corefile:2: plugin/bind: listen tcp 127.0.0.1:{port}: bind: address already in use by"
        assert said in server.output()
        server.send()
        server.settle()


def test_no_address_at_all() -> None:
    text = ".:0 {\n    bind 127.0.0.1 {\n        except 127.0.0.1\n    }\n    whoami\n}\n"
    with pytest.raises(StartError, match=r"^no server block has an address to listen on$"), whole(text):
        pass
