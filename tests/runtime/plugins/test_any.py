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
