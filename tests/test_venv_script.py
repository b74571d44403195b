"""`.ci/venv` on machines that have uv, that have only Python, and that lack what Debian packages apart."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / ".ci" / "venv"

LOCKED = "--require-hashes --requirement requirements.lock"
"""What is installed first: nothing but what is locked."""

PROJECT = "--no-deps --no-build-isolation --editable ."
"""And then the project, which brings nothing along."""

FRESH = """#!/bin/sh
echo "$(basename "$0") $*" >> "$LOG"
case "$*" in
    *"sys.version_info < "*) exit 0 ;;
    *"import pip"*) exit ${PIP:-0} ;;
    *"import venv, ensurepip"*) exit ${ENSUREPIP:-0} ;;
    *"version_info[:2]"*) echo 3.12 ;;
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
esac
"""

OLD = "#!/bin/sh\nexit 1\n"

UV = """#!/bin/sh
echo "uv $*" >> "$LOG"
case "$1" in
    venv)
        for directory; do :; done
        mkdir -p "$directory/bin" && cp "$(dirname "$0")/python3" "$directory/bin/python" ;;
esac
"""


class Machine:
    """A PATH with a shell's basic commands and the programs that a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.log = folder / "log"
        for name in ["sh", "rm", "cp", "mkdir", "basename", "dirname"]:
            self.bin.joinpath(name).symlink_to(shutil.which(name) or name)

    def has(self, name: str, script: str) -> None:
        program = self.bin / name
        program.write_text(script, encoding="utf-8")
        program.chmod(0o755)

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.bin / "sh", SCRIPT, "venv"],
            cwd=self.folder,
            env={"PATH": str(self.bin), "LOG": str(self.log), **environment},
            capture_output=True,
            check=False,
            text=True,
        )

    def calls(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_plain_python_is_enough(machine: Machine) -> None:
    machine.has("python3", FRESH)
    done = machine.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert "python3 -m venv venv" in machine.calls()
    pip = "python -m pip install --quiet --disable-pip-version-check"
    assert machine.calls()[-2:] == [f"{pip} {LOCKED}", f"{pip} {PROJECT}"]


def test_the_newest_python_is_taken(machine: Machine) -> None:
    for name in ["python3", "python3.11", "python3.12"]:
        machine.has(name, FRESH)
    assert machine.run().returncode == 0
    assert "python3.12 -m venv venv" in machine.calls()


def test_a_python_that_does_not_start_is_passed_over(machine: Machine) -> None:
    machine.has("python3.13", OLD)
    machine.has("python3", FRESH)
    assert machine.run().returncode == 0
    assert "python3 -m venv venv" in machine.calls()


def test_the_user_chooses_the_python(machine: Machine) -> None:
    machine.has("python3.13", FRESH)
    machine.has("mine", FRESH)
    assert machine.run(PYTHON="mine").returncode == 0
    assert "mine -m venv venv" in machine.calls()


def test_uv_is_used_where_it_is(machine: Machine) -> None:
    machine.has("uv", UV)
    machine.has("python3", FRESH)
    assert machine.run().returncode == 0
    assert f"uv venv --quiet --python {machine.bin / 'python3'} venv" in machine.calls()
    pip = "uv pip install --quiet --python venv/bin/python"
    assert machine.calls()[-2:] == [f"{pip} {LOCKED}", f"{pip} {PROJECT}"]


def test_uv_brings_a_python_where_there_is_none(machine: Machine) -> None:
    machine.has("uv", UV)
    machine.has("python3", OLD)
    machine.run()
    assert machine.calls()[0] == "uv venv --quiet --python >=3.11 venv"


def test_an_environment_that_works_is_kept(machine: Machine) -> None:
    machine.has("python3", FRESH)
    machine.run()
    machine.log.unlink()
    assert machine.run().returncode == 0
    assert not any("-m venv" in call for call in machine.calls())


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.has("python3", FRESH)
    machine.run()
    python = machine.folder / "venv" / "bin" / "python"
    python.unlink()
    assert machine.run().returncode == 0
    assert os.access(python, os.X_OK)


def test_an_environment_without_pip_is_made_anew(machine: Machine) -> None:
    machine.has("python3", FRESH)
    machine.run()
    machine.log.unlink()
    assert machine.run(PIP="1").returncode == 0
    assert "python3 -m venv venv" in machine.calls()


def test_without_ensurepip_the_debian_package_is_named(machine: Machine) -> None:
    machine.has("python3", FRESH)
    done = machine.run(ENSUREPIP="1")
    assert done.returncode == 1
    assert "apt install python3.12-venv" in done.stderr
    assert not (machine.folder / "venv").exists()


@pytest.mark.parametrize("programs", [[], ["python3"]], ids=["none", "old"])
def test_without_a_recent_python_it_says_what_to_install(machine: Machine, programs: list[str]) -> None:
    for name in programs:
        machine.has(name, OLD)
    done = machine.run()
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "apt install python3 python3-venv" in done.stderr
