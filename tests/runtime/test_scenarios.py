"""The recorded scenarios, against the installed command, with answers replayed and without."""

import importlib.util
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
from corefile_runtime.chain.build import find_handler
from corefile_runtime.listeners.transport import find_transport

from tests.ports import free_port

SCENARIOS = Path(__file__).parent.parent / "fixtures" / "scenarios"

# Steps that differ from the recording, with the reason; docs/differences.md has them for users.
KNOWN = {
    ("reload/by-signal", 17): "the text of a refusal is ours",
    ("rewrite/type-and-class", 3): "the question comes back as it was asked (RFC 5452, 9.1)",
    ("cache/replies-for-another-name", 5): "the question comes back as it was asked (RFC 5452, 9.1)",
}


def load_runner() -> ModuleType:
    """The runner of the recordings, which is a script and no module of ours."""
    spec = importlib.util.spec_from_file_location("scenario_runner", SCENARIOS / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RUNNER = load_runner()


def words_of(folder: Path) -> set[str]:
    """The directives of a scenario, those of imported files too."""
    used: set[str] = RUNNER.plugins_used(folder)
    for file in folder.rglob("*.conf"):
        used |= {line.split()[0] for line in file.read_text(errors="replace").splitlines() if line.split()}
    return {word for word in used if re.fullmatch(r"[a-z_0-9]+", word)} - {"import"}


def is_served(folder: Path) -> bool:
    """Whether `run` has a handler for everything that the scenario's Corefiles name, and all their transports."""
    texts = [file.read_text(errors="replace") for file in folder.rglob("Corefile*")]
    transports = {found for text in texts for found in re.findall(r"^([a-z0-9]+)://", text, re.MULTILINE)}
    return all(find_handler(word) is not None for word in RUNNER.plugins_used(folder)) and all(
        find_transport(name) is not None for name in transports
    )


FOLDERS = sorted(path.parent for path in SCENARIOS.rglob("scenario.toml"))
SERVED = [folder for folder in FOLDERS if is_served(folder)]


# Scenarios with real time in their steps, and what of the server goes by it.
CLOCKED = {
    "cache/keepttl": "the age of answers",
    "cache/prefetch": "the age of answers",
    "cache/serve-stale-immediate": "the age of answers",
    "cache/serve-stale-verify": "the age of answers",
    "cache/servfail-duration": "the age of answers",
    "cache/ttl-ageing-and-cap": "the age of answers",
    "cache/what-is-not-kept": "the age of answers",
    "cancel/timeout": "deadlines of queries",
    "errors/consolidate": "the period whose errors are told together",
    "forward/connection-reuse": "connections that expire",
    "forward/max-concurrent": "queries that overlap",
    "forward/one-upstream-down": "health checks",
    "forward/policy-sequential": "health checks",
    "forward/silent-upstream": "health checks",
    "health/lameduck": "the time between signal and end",
    "hosts/reload": "the looks at a file",
    "server/tcp-connections": "idle connections",
}
ATTEMPTS = 5
"""A run that failed is repeated where the port of the server was taken; and where the runner measured that the machine,
and not the server, was late: by a tenth of a second in a scenario above, by a second, after which a TTL is another one,
elsewhere."""


@pytest.mark.scenarios
@pytest.mark.parametrize("flag", ["", "--no-replay"], ids=["replay", "no-replay"])
@pytest.mark.parametrize("folder", SERVED, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_scenario(folder: Path, flag: str) -> None:
    command = Path(sys.executable).parent / "corefile"
    assert shutil.which(str(command))
    run = f"{command} run -conf {{corefile}} {flag}"
    margin = 0.1 if f"{folder.parent.name}/{folder.name}" in CLOCKED else 1.0
    left, excuse = list[str](), ""
    for _ in range(ATTEMPTS):
        name, _, _, problems, excuse = RUNNER.check(folder, run, False, False, free_port, margin)
        left = [problem for problem in problems if not is_known(name, problem)]
        if not left or not excuse:
            break
    assert not left, "\n".join([*left, excuse])


def is_known(name: str, problem: str) -> bool:
    step = re.search(r" step (\d+):", problem)
    return step is not None and (name, int(step[1])) in KNOWN


def test_what_goes_by_real_time_is_there() -> None:
    assert {f"{folder.parent.name}/{folder.name}" for folder in SERVED} >= CLOCKED.keys()


def test_there_are_scenarios_of_all_first_plugins() -> None:
    words = {word for folder in SERVED for word in words_of(folder)}
    assert words >= {"whoami", "hosts", "forward", "cache", "errors", "log", "prometheus", "health", "reload", "bind"}
    assert len(SERVED) >= 60
