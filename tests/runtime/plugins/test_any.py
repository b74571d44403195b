"""any: one small answer to type ANY, and nothing else."""

import dns.flags
import pytest
from corefile_runtime.testing import serve


@pytest.mark.parametrize("replay", [True, False])
def test_type_any_ends_here(replay: bool) -> None:
    with serve("    any\n    whoami", replay=replay) as server:
        for _ in range(3):
            reply = server.ask("A.example.org. ANY")
            assert [str(rrset) for rrset in reply.answer] == [
                'A.example.org. 8482 IN HINFO "ANY obsoleted" "See RFC 8482"'
            ]
            assert dns.flags.to_text(reply.flags) == "QR RD"
        assert server.ask("a.example.org. A").additional


def test_one_kept_answer_is_for_the_name_in_any_letters() -> None:
    with serve("    any\n    whoami") as server:
        for name in ("A.example.org.", "a.EXAMPLE.org.", "a.example.ORG."):
            assert server.answers(f"{name} ANY")[1].startswith(f"{name} 8482 IN HINFO")
        assert server.engine.instance is not None
        (only,) = server.engine.instance.servers.values()
        assert len(only.stores["udp"].entries) == 1
