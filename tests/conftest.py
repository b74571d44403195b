"""Options of the test run."""

import os

import pytest
from hypothesis import HealthCheck, settings

# The same examples each time, and no failure because the machine is busy. The other profile looks for new examples:
# HYPOTHESIS_PROFILE=explore make test ARGS=tests/syntax
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", settings.get_profile("same"), derandomize=False, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="write what is found into the .out files of the fixtures")
