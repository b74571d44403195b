"""root: a folder for the files of other plugins."""

from pathlib import Path

import pytest
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.testing import serve


def test_relative_names_are_taken_from_it(tmp_path: Path) -> None:
    (tmp_path / "names").write_text("192.0.2.1 a.example.org\n")
    with serve(f"    root {tmp_path}\n    hosts names") as server:
        assert server.answers("a.example.org. A") == ["NOERROR", "a.example.org. 3600 IN A 192.0.2.1"]


def test_absolute_names_are_not(tmp_path: Path) -> None:
    (tmp_path / "names").write_text("192.0.2.1 a.example.org\n")
    with serve(f"    root {tmp_path}/none\n    hosts {tmp_path}/names") as server:
        assert server.answers("a.example.org. A") == ["NOERROR", "a.example.org. 3600 IN A 192.0.2.1"]
        assert f"[WARNING] plugin/root: Root path does not exist: {tmp_path}/none" in server.output()


def test_a_folder_that_cannot_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    body = f"    root {tmp_path}/circle\n    whoami"
    with pytest.raises(StartError, match="unable to access root path"), serve(body):
        pass
