"""Write requirements.lock: each package that the project or its development needs, in one version, with its hashes.

usage: python .ci/lock.py

pip resolves the requirements of pyproject.toml against the index that it is set up with, for every Python and machine
below, and downloads nothing but metadata. The versions are those for the oldest Python; the others must have them too.
The file names no index: where the packages come from is the business of the machine.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = ("x86_64", "aarch64")
GLIBC = range(17, 40)
HEADER = """\
# Made by `make lock` of pyproject.toml; do not edit. What `make` installs, on Linux (glibc) and Python {pythons}:
# a new release of a library changes nothing here until this file is made again.
"""

Hashes = dict[str, set[str]]


def requirements() -> list[str]:
    """Base, extras and development together, without the extras that only name others of ours."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(text for extra in extras for text in extra)]
    return sorted({text for text in wanted if not text.startswith(f"{project['name']}[")})


def resolve(wanted: list[str], python: str, machine: str, versions: Path) -> Hashes:
    """`name==version` of all that is needed, each with the hash of the file for this Python and machine."""
    platforms = [f"--platform=manylinux_2_{minor}_{machine}" for minor in GLIBC]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command: list[str | Path] = [
            *(sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"),
            *("--only-binary=:all:", "--target", folder, "--report", report, "--constraint", versions),
            *(f"--python-version={python}", f"--platform=manylinux2014_{machine}", *platforms, *wanted),
        ]
        # What lies on this machine besides the index must not be locked: others do not have it.
        subprocess.run(command, check=True, env={**os.environ, "PIP_FIND_LINKS": ""})
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {pinned(each["metadata"]): {hash_of(each["download_info"])} for each in found}


def hash_of(download: dict[str, dict[str, dict[str, str]]]) -> str:
    return f"--hash=sha256:{download['archive_info']['hashes']['sha256']}"


def pinned(metadata: dict[str, str]) -> str:
    return f"{re.sub(r'[-_.]+', '-', metadata['name']).lower()}=={metadata['version']}"


def render(hashes: Hashes) -> str:
    lines = [HEADER.format(pythons=f"{PYTHONS[0]} to {PYTHONS[-1]}").rstrip()]
    lines += [" \\\n    ".join([name, *sorted(hashes[name])]) for name in sorted(hashes)]
    return "\n".join(lines) + "\n"


def main() -> None:
    wanted, found = requirements(), Hashes()
    with tempfile.TemporaryDirectory() as folder:
        versions = Path(folder, "versions.txt")
        versions.touch()
        for python in PYTHONS:
            for machine in MACHINES:
                print(f"Python {python} on {machine}", flush=True)
                for name, hashes in resolve(wanted, python, machine, versions).items():
                    found.setdefault(name, set()).update(hashes)
                versions.write_text("\n".join(found), encoding="utf-8")
    LOCK.write_text(render(found), encoding="utf-8")


if __name__ == "__main__":
    main()
