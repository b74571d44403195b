"""The packages of `docs/tutorials/`, installed as a reader would install them, without network."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache

from tests.docs.listings import ROOT


@cache
def installed(name: str) -> str:
    """A folder for PYTHONPATH with the package and its entry points; it is gone when the tests end."""
    folder = tempfile.mkdtemp(prefix=name)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    uv = shutil.which("uv")
    pip = [uv, "pip"] if uv else [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target", folder]
    if uv:
        options += ["--python", sys.executable]
    source = str(ROOT / "docs" / "tutorials" / name)
    done = subprocess.run([*pip, "install", *options, source], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
