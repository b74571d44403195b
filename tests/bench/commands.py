"""Commands that end by themselves: how long they take."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench.corefiles import many_clusters
from tests.bench.results import Run
from tests.bench.servers import filled_words

SMALL, LARGE = 1, 5000  # server blocks


def default_commands() -> dict[str, str]:
    """Python alone, which is the measure for `lint`, and `lint` of one block and of many."""
    program = shlex.quote(str(Path(sys.executable).parent / "corefile"))
    return {
        "bare Python": f"{shlex.quote(sys.executable)} -c pass",
        "lint": f"{program} lint {{corefile}}",
        "lint of 5,000 blocks": f"{program} lint {{blocks}}",
    }


def measure_commands(folder: Path, commands: Mapping[str, str], rounds: int) -> Iterator[Run]:
    """The commands in turn. {corefile} stands for a Corefile of one block, {blocks} for one of 5,000."""
    places = {"corefile": folder / "Corefile.small", "blocks": folder / "Corefile.large"}
    places["corefile"].write_text(many_clusters(SMALL))
    places["blocks"].write_text(many_clusters(LARGE))
    for turn in range(rounds):
        for name, command in commands.items():
            words = filled_words(command, places)
            before, begun = os.times(), time.perf_counter()
            done = subprocess.run(words, cwd=folder, capture_output=True, check=False)
            took, after = time.perf_counter() - begun, os.times()
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            note = f"exit status {done.returncode}" if done.returncode else ""
            figures = {"wall_ms": took * 1e3, "cpu_ms": cpu * 1e3}
            yield Run(case=name, server="command", round=turn, figures=figures, note=note)
