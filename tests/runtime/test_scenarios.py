"""The recorded scenarios, against the installed command, with answers replayed and without."""

import importlib.util
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
from corefile_runtime.chain import find_handler

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
    """Whether `run` has a handler for everything that the scenario's Corefiles name."""
    return all(find_handler(word) is not None for word in RUNNER.plugins_used(folder))


FOLDERS = sorted(path.parent for path in SCENARIOS.rglob("scenario.toml"))
SERVED = [folder for folder in FOLDERS if is_served(folder)]


ATTEMPTS = 5
"""A run that failed is repeated where the runner measured that the machine, and not the server, was late by a tenth of
a second or more, for the recordings are of real clocks; or where the port of the server was taken."""


@pytest.mark.scenarios
@pytest.mark.parametrize("flag", ["", "--no-replay"], ids=["replay", "no-replay"])
@pytest.mark.parametrize("folder", SERVED, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_scenario(folder: Path, flag: str) -> None:
    command = Path(sys.executable).parent / "corefile"
    assert shutil.which(str(command))
    left, excuse = list[str](), ""
    for _ in range(ATTEMPTS):
        name, _, _, problems, excuse = RUNNER.check(
            folder, f"{command} run -conf {{corefile}} {flag}", False, False, free_port
        )
        left = [problem for problem in problems if not is_known(name, problem)]
        if not left or not excuse:
            break
    assert not left, "\n".join([*left, excuse])


def is_known(name: str, problem: str) -> bool:
    step = re.search(r" step (\d+):", problem)
    return step is not None and (name, int(step[1])) in KNOWN


def test_there_are_scenarios_of_all_first_plugins() -> None:
    words = {word for folder in SERVED for word in words_of(folder)}
    assert words >= {"whoami", "hosts", "forward", "cache", "errors", "log", "prometheus", "health", "reload", "bind"}
    assert len(SERVED) >= 60
