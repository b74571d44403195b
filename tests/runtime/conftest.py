"""What all tests of the runtime share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from corefile_runtime.wire.replies import ECHOED


@pytest.fixture(autouse=True)
def options_of_the_process() -> Iterator[None]:
    """`rewrite edns0` has the process repeat further options; the next test begins with the usual ones."""
    before = set(ECHOED)
    yield
    ECHOED.intersection_update(before)
