"""Values know their unit, how they are written, and when not to be printed."""

from __future__ import annotations

import pytest

from corefile.ir.values import Duration, Secret


@pytest.mark.parametrize(
    ("duration", "seconds", "written"),
    [(Duration(0), 0, "0s"), (Duration.of(90), 90, "1m30s"), (Duration.of(0.0015), 0.0015, "1.5ms")],
)
def test_durations(duration: Duration, seconds: float, written: str) -> None:
    assert (duration.seconds, str(duration), repr(duration)) == (seconds, written, f"Duration({written})")


def test_a_secret_is_compared_and_not_printed() -> None:
    key = Secret("hunter2")
    assert (key == "hunter2", key.reveal()) == (True, "hunter2")
    assert [str(key), repr(key), f"{key:>10}", f"{key!s}", "%s" % key] == [  # noqa: UP031 - each way
        "redacted",
        "Secret(redacted)",
        "  redacted",
        "redacted",
        "redacted",
    ]
