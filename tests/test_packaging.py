"""The sdist and the wheel that is built from it, and the commands of that wheel beside the base dependencies only."""

import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from contextlib import suppress
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from time import monotonic, sleep

import dns.exception
import dns.message
import dns.query
import pytest
from packaging.requirements import Requirement

from corefile.version import __version__
from tests.ports import free_port

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "corefile": ROOT / "corefile",
    "corefile_grammar": ROOT / "grammar" / "corefile_grammar",
    "corefile_runtime": ROOT / "runtime" / "corefile_runtime",
    "corefile_cli": ROOT / "cli" / "corefile_cli",
}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    build: list[str | Path] = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    done = subprocess.run(build, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    return next(dist.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment with the wheel and what it requires, and nothing else.

    `.ci/bounds.py` brings its own.
    """
    if given := os.environ.get("COREFILE_INSTALLED"):
        return Path(given)
    wheel: Path = request.getfixturevalue("wheel")
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    for name in required("corefile"):
        link(importlib.metadata.distribution(name), site)
    install(wheel, folder / "bin" / "python")
    return folder / "bin"


def required(name: str) -> set[str]:
    """What a distribution needs without extras, and what that needs."""
    found: set[str] = set()
    pending = [name]
    while pending:
        for text in importlib.metadata.requires(pending.pop()) or []:
            requirement = Requirement(text)
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
                continue
            if requirement.name not in found:
                found.add(requirement.name)
                pending.append(requirement.name)
    return found


def link(distribution: importlib.metadata.Distribution, site: Path) -> None:
    tops = {Path(file).parts[0] for file in distribution.files or []} - {"..", "__pycache__"}
    for top in tops:
        if not (site / top).exists():
            (site / top).symlink_to(str(distribution.locate_file(top)))


def install(wheel: Path, python: Path) -> None:
    """Without network and without dependencies, with the installer that this environment was made with."""
    command: list[str | Path]
    if uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--offline", "--quiet", "--python", python, "--no-deps", wheel]
    else:
        pip: list[str | Path] = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            python,
            "--disable-pip-version-check",
            "install",
        ]
        command = [*pip, "--quiet", "--no-deps", "--no-index", wheel]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def files_of(package: str) -> set[str]:
    folder = PACKAGES[package]
    listed = subprocess.run(["git", "ls-files", "-z", "."], cwd=folder, capture_output=True, check=True, text=True)
    return {f"{package}/{name}" for name in listed.stdout.split("\0") if name and (folder / name).is_file()}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_wheel_has_every_file_of_a_package(wheel: Path, package: str) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    with zipfile.ZipFile(wheel) as archive:
        assert files_of(package) - set(archive.namelist()) == set()


def test_the_wheel_has_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert tops == {*PACKAGES, f"corefile-{__version__}.dist-info"}


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    facts = metadata(wheel)
    assert facts["Name"] == "corefile"
    assert facts["Version"] == __version__
    assert facts["License-Expression"] == "Apache-2.0"
    assert facts["Requires-Python"] == ">=3.11"


def test_the_extras_are_those_of_the_project(wheel: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(metadata(wheel).get_all("Provides-Extra", [])) == set(project["optional-dependencies"])


def test_the_sdist_has_what_a_distributor_needs(dist: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "CHANGELOG.md", "Makefile", "pyproject.toml", "tests/test_packaging.py"} <= names
    assert {name for name in names if name.startswith((".venv", "dist/", ".git/"))} == set()


COMMANDS = {
    "--version": ["--version"],
    "--help": ["--help"],
    "lint": ["lint", "examples/Corefile"],
    "lint as CoreDNS's flags": ["-validate", "-conf", "examples/Corefile"],
    "fmt": ["fmt", "--check", "examples/Corefile"],
    "diff": ["diff", "--exit-code", "examples/Corefile", "examples/Corefile"],
    "explain": ["explain", "cache"],
    "plugins": ["plugins"],
    "plugins as CoreDNS's flag": ["-plugins"],
    "ir": ["ir", "examples/Corefile"],
}


needs_commands = pytest.mark.skipif(not (PACKAGES["corefile_cli"] / "main.py").exists(), reason="no commands yet")


@needs_commands
@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS.keys())
def test_the_installed_wheel_runs(installed: Path, arguments: list[str]) -> None:
    done = subprocess.run([installed / "corefile", *arguments], cwd=ROOT, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@needs_commands
def test_the_installed_wheel_has_its_version(installed: Path) -> None:
    done = subprocess.run([installed / "corefile", "--version"], capture_output=True, check=True, text=True)
    assert __version__ in done.stdout


def test_the_installed_wheel_does_not_read_the_clone(installed: Path, tmp_path: Path) -> None:
    program = f"import {', '.join(PACKAGES)}; print(corefile.__file__, corefile_cli.__file__)"
    done = subprocess.run(
        [installed / "python", "-c", program], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    assert all(str(installed.parent) in path for path in done.stdout.split())


@needs_commands
def test_the_installed_wheel_serves(installed: Path, tmp_path: Path) -> None:
    conf = tmp_path / "Corefile"
    conf.write_text("example.org {\n    bind 127.0.0.1\n    whoami\n}\n", encoding="utf-8")
    port = free_port()
    command: list[str | Path] = [installed / "corefile", "run", "-conf", conf, "-dns.port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        try:
            reply = ask(port, server)
        finally:
            server.send_signal(signal.SIGTERM)
        output = server.communicate(timeout=60)[0].decode()
    assert reply is not None, output
    assert reply.rcode() == 0, output
    assert "example.org" in output
    assert server.returncode == 0, output


def ask(port: int, server: subprocess.Popen[bytes]) -> dns.message.Message | None:
    """The first answer of a server that is starting; None when it ended or kept silent for a minute."""
    query = dns.message.make_query("www.example.org.", "A")
    end = monotonic() + 60
    while monotonic() < end and server.poll() is None:
        with suppress(dns.query.BadResponse, dns.exception.Timeout, OSError):
            return dns.query.udp(query, "127.0.0.1", timeout=1, port=port)
        sleep(0.05)
    return None
