"""Reading what arguments name: files, standard input, manifests; and what cannot be read."""

from __future__ import annotations

import io
import os
import socket
import sys
from pathlib import Path

import pytest

from corefile.compiler import Options
from corefile.inputs import InputFault, compile_input
from corefile.inputs.load import load
from corefile.inputs.variables import environment, read_env_file
from corefile.syntax import imports

MANIFEST = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: coredns
  namespace: kube-system
data:
  Corefile: |
    . {
        import *.override
    }
    import extra.server
  a.override: |
    whoami
    whoamii
  extra.server: "example.org {\\n  import *.override\\n}\\n"
"""


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "Corefile"
    path.write_bytes(b"\xef\xbb\xbf. {\n}\n")
    (given,) = load(str(path))
    assert (given.path, given.name, given.source.text, given.source.base) == (str(path), "", ". {\n}\n", str(path))


class Stdin:
    """Standard input with these bytes."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "x").write_text("whoami\n")
    monkeypatch.setattr(sys, "stdin", Stdin(b". {\n import x\n}\n"))
    (given,) = load("-", "conf/Corefile")
    assert given.path == "conf/Corefile"
    assert compile_input(given, Options()).verdict == "accept"
    monkeypatch.setattr(sys, "stdin", Stdin(b""))
    assert load("-")[0].path == "<stdin>"


def test_findings_in_what_a_manifest_mounts(tmp_path: Path) -> None:
    path = tmp_path / "cm.yaml"
    path.write_text(MANIFEST)
    (given,) = load(str(path))
    compiled = compile_input(given, Options())
    assert given.name == "kube-system/coredns:Corefile"
    assert {(found.code, found.span[:5]) for found in compiled.diagnostics} == {("CF201", (str(path), 14, 5, 14, 12))}
    sites = [[(site.path, site.line, site.column) for site in found.span.imports] for found in compiled.diagnostics]
    assert all(site[0] == str(path) for stack in sites for site in stack)
    assert [(9, 9)] in [[site[1:] for site in stack] for stack in sites]


def test_imports_within_what_is_mounted(tmp_path: Path) -> None:
    path = tmp_path / "cm.yaml"
    path.write_text(MANIFEST.replace("whoamii", "import deep").replace("  extra", '  deep: "bad"\n  extra'))
    (given,) = load(str(path))
    stacks = {found.span.imports for found in compile_input(given, Options()).diagnostics if found.code == "CF201"}
    assert {site.path for stack in stacks for site in stack} == {str(path)}
    assert {len(stack) for stack in stacks} >= {2}


def test_a_manifest_without_a_corefile(tmp_path: Path) -> None:
    path = tmp_path / "cm.yaml"
    path.write_text("kind: Service\n")
    assert load(str(path)) == []


def test_a_template_that_is_no_manifest(tmp_path: Path) -> None:
    path = tmp_path / "cm.yaml"
    path.write_text("a: b\n{{- if .Values.x }}\n")
    with pytest.raises(InputFault, match="not a valid manifest") as fault:
        load(str(path))
    found = fault.value.diagnostic(str(path))
    assert (found.code, found.span.line) == ("CF116", 3)
    assert "render" in found.help


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (". {\n}\n".encode("utf-16"), "UTF-16"),
        (b"\x7fELF\x02", "a program"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x1f\x8b\x08", "gzip"),
        (bytes(range(256)) * 4, "binary"),
    ],
)
def test_what_is_no_text(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "Corefile"
    path.write_bytes(data)
    with pytest.raises(InputFault, match=message):
        load(str(path))


def test_odd_letters_are_text(tmp_path: Path) -> None:
    path = tmp_path / "Corefile"
    path.write_bytes(b". {\n log a\x00b \xff\xfe\n}\n")
    assert len(load(str(path))) == 1


def test_what_cannot_be_read(tmp_path: Path) -> None:
    pipe, folder = tmp_path / "pipe", tmp_path / "folder"
    os.mkfifo(pipe)
    folder.mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name in ("missing", "pipe", "folder", "loop", "socket", "a\0b"):
            with pytest.raises(InputFault, match="cannot be read: "):
                load(str(tmp_path / name))
    with pytest.raises(InputFault, match="not a regular file"):
        load("/dev/zero")


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "Corefile"
    with path.open("wb") as file:
        file.truncate(imports.SIZE_LIMIT + 1)
    with pytest.raises(InputFault, match="64 MiB"):
        load(str(path))
    monkeypatch.setattr("corefile.inputs.load.SIZE_LIMIT", 10)
    monkeypatch.setattr(sys, "stdin", Stdin(b" " * 11))
    with pytest.raises(InputFault, match="has more than"):
        load("-")


def test_standard_input_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputFault, match="cannot be read"):
        load("-")


def test_a_pipe_of_the_shell() -> None:
    reading, writing = os.pipe()
    os.write(writing, b". {\n}\n")
    os.close(writing)
    (given,) = load(f"/dev/fd/{reading}")
    os.close(reading)
    assert given.source.text == ". {\n}\n"


def test_environment(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("# a comment\n\nA=1\nexport B = 'two words'\nC=\"3\nD==\n")
    assert read_env_file(str(path)) == {"A": "1", "B": "two words", "C": '"3', "D": "="}
    assert environment({"A": "0", "Z": "z"}, [str(path)], ["B=2", "E="])["B"] == "2"
    assert environment({"A": "0", "Z": "z"}, [str(path)])["A"] == "1"
    assert environment({"Z": "z"}) == {"Z": "z"}


@pytest.mark.parametrize("line", ["A", "=1", "A B"])
def test_what_is_no_assignment(tmp_path: Path, line: str) -> None:
    path = tmp_path / "env"
    path.write_text(f"A=1\n{line}\n")
    with pytest.raises(InputFault, match=r"env:2: '.*' is not of the form NAME=VALUE"):
        read_env_file(str(path))
    with pytest.raises(InputFault, match="NAME=VALUE"):
        environment({}, [], [line])


def test_an_env_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="missing: cannot be read"):
        read_env_file(str(tmp_path / "missing"))
