"""Install the wheel alone, with the newest and with the lowest libraries that pyproject.toml allows, and try it.

usage: python .ci/bounds.py

What `make` installs is pinned; this is what users get. The newest may fail through no change of ours: then a bound of
pyproject.toml needs an upper end, or the code a repair. Each environment has the wheel and its base dependencies, no
extra and no tool; the tests of tests/test_packaging.py that start the installed command run against it.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent


def lowest() -> list[str]:
    """The base dependencies, each in the lowest version that is allowed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [re.sub(r">=", "==", text) for text in project["dependencies"]]


def run(*command: str | Path, **environment: str) -> None:
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, **environment})


def try_with(requirements: list[str], wheel: Path, folder: Path) -> None:
    venv.create(folder, symlinks=True, with_pip=True)
    pip = (folder / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "install", "--only-binary=:all:", *requirements, wheel)
    run(*pip, "check")
    run(*pip, "freeze", "--all")
    tests = (sys.executable, "-m", "pytest", "-q", "tests/test_packaging.py", "-k", "installed")
    run(*tests, COREFILE_INSTALLED=str(folder / "bin"))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder)
        wheel = next(folder.glob("*.whl"))
        for label, requirements in (("newest", list[str]()), ("lowest", lowest())):
            print(f"the wheel with the {label} libraries", flush=True)
            try_with(requirements, wheel, folder / label)


if __name__ == "__main__":
    main()
