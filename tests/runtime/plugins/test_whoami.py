"""whoami and chaos: who asks, and who is asked."""

import pytest
from corefile_runtime.testing import serve


@pytest.mark.parametrize(("tcp", "over"), [(False, "udp"), (True, "tcp")])
@pytest.mark.parametrize("rtype", ["A", "AAAA", "TXT", "ANY"])
def test_whoami(rtype: str, tcp: bool, over: str) -> None:
    with serve("    whoami") as server:
        reply = server.ask(f"a.Example.org. {rtype}", tcp=tcp)
        address, service = (str(rrset) for rrset in reply.additional)
        assert address == "a.Example.org. 0 IN A 127.0.0.1"
        assert service.startswith(f"_{over}.a.Example.org. 0 IN SRV 0 0 ")


def test_chaos() -> None:
    with serve('    chaos "1.2" one two\n    whoami') as server:
        texts = {
            name: sorted(server.answers(f"{name} TXT", rdclass="CH")[1:]) for name in ("version.bind.", "authors.bind.")
        }
        assert texts == {
            "version.bind.": ['version.bind. 0 CH TXT "1.2"'],
            "authors.bind.": ['authors.bind. 0 CH TXT "one"', 'authors.bind. 0 CH TXT "two"'],
        }
        assert server.answers("version.bind. TXT") == ["NOERROR"]
