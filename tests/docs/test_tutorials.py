"""The tutorial's plugin: its page has the package as it is, and the package works as the page says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest
from corefile_runtime.chain import build as chain
from corefile_runtime.chain import external as handlers
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.listeners.udp import UdpListener
from corefile_runtime.testing import serve

from corefile.compiler import Options, compile_corefile
from corefile.plugins import external
from tests.docs.listings import ROOT, listings
from tests.docs.packages import installed

PAGE = "docs/tutorials/plugin.md"
PACKAGE = "corefile-demo"


def sources() -> dict[str, str]:
    """The files of the package that say something."""
    folder = ROOT / "docs" / "tutorials" / PACKAGE
    files = [path for path in folder.rglob("*") if path.suffix in (".py", ".toml")]
    return {str(path.relative_to(folder.parent)): text for path in files if (text := path.read_text(encoding="utf-8"))}


def test_the_page_shows_the_package_as_it_is() -> None:
    shown = {found.name: found.text for found in listings(PAGE) if found.name and found.name.startswith(PACKAGE)}
    assert shown == sources()


def test_it_has_less_than_65_lines_of_python() -> None:
    assert sum(text.count("\n") for name, text in sources().items() if name.endswith(".py")) < 65


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package is installed in this process."""
    find_in(installed(PACKAGE), monkeypatch)
    yield from fresh(monkeypatch)


def find_in(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [folder, *sys.path])
    invalidate_caches()


def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What was found out about packages before is forgotten, and what is found out now afterwards."""
    monkeypatch.setattr(external, "_found", {})
    monkeypatch.setattr(external, "broken", {})
    monkeypatch.setattr(handlers, "_found", {})
    yield
    for name in [name for name in sys.modules if name.split(".")[0] in ("corefile_demo", "broken_demo")]:
        del sys.modules[name]


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("client", "body", "answer"),
    [
        ("127.0.0.1", "demo", "192.0.2.1"),
        ("172.31.0.9", "demo", "192.0.2.1"),
        ("198.51.100.7", "demo", "198.51.100.1"),
        ("2001:db8::172", "demo", "198.51.100.1"),
        ("127.0.0.1", "demo {\n inside 192.0.2.9\n}", "192.0.2.9"),
        ("203.0.113.1", "demo {\n outside 192.0.2.8\n}", "192.0.2.8"),
    ],
)
def test_answers(client: str, body: str, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def client_of(_listener: UdpListener, _peer: bytes) -> tuple[str, int]:
        return client, 5300

    monkeypatch.setattr(UdpListener, "client", client_of)
    with serve(f"{body}\nwhoami\nprometheus") as server:
        for _ in range(3):
            assert server.answers("WWW.example.org. A") == ["NOERROR", f"WWW.example.org. 60 IN A {answer}"]
        assert len(server.ask("www.example.org. TXT").additional) == 2
        place = 'server="dns://127.0.0.1:0",view="",zone="."'
        assert server.metric(f'coredns_plugin_enabled{{name="demo",{place}}}') == 1
        assert server.metric(f"coredns_dns_request_duration_seconds_count{{{place}}}") == 4


@pytest.mark.usefixtures("package")
def test_its_place_is_the_one_of_its_spec() -> None:
    compiled = compile_corefile(". {\n whoami\n forward . 192.0.2.1\n demo\n errors\n}\n")
    assert compiled.verdict == "accept"
    assert [use.name for use in compiled.program.blocks[0].plugins] == ["errors", "demo", "forward", "whoami"]


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("demo\ndemo", "plugin 'demo' used again, only one use in a server block is allowed"),
        ("demo {\n insid 192.0.2.1\n}", "plugin 'demo' has no property 'insid'"),
        ("demo {\n inside 2001:db8::1\n}", "'2001:db8::1' is no IPv4 address"),
    ],
)
def test_mistakes(body: str, message: str) -> None:
    assert [found.message for found in compile_corefile(f". {{\n{body}\n}}\n").diagnostics] == [message]


def corefile(folder: Path, *arguments: str, path: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    command = [os.path.join(os.path.dirname(sys.executable), "corefile"), *arguments]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": path, **env}, capture_output=True, check=False, text=True,
        timeout=60,
    )  # fmt: skip


def test_completion_offers_it(tmp_path: Path) -> None:
    words = {"COMP_WORDS": "corefile explain de", "COMP_CWORD": "2", "_COREFILE_COMPLETE": "bash_complete"}
    assert corefile(tmp_path, path=installed(PACKAGE), **words).stdout == "plain,debug\nplain,demo\n"
    assert corefile(tmp_path, **words).stdout == "plain,debug\n"


OTHER = "from dataclasses import replace\nfrom corefile_demo.spec import PLUGIN\nPLUGIN = replace(PLUGIN, "
BROKEN = "import nowhere_to_be_found\n"


def broken(folder: Path, spec: str, handler: str) -> None:
    """Install a package whose modules are these."""
    (folder / "broken_demo").mkdir()
    for name, text in (("spec", spec), ("handler", handler)):
        source = text or sources()[f"{PACKAGE}/corefile_demo/{name}.py"].replace("corefile_demo", "broken_demo")
        (folder / "broken_demo" / f"{name}.py").write_text(source)
    info = folder / "broken_demo-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-demo\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[corefile.plugins]\ndemo = broken_demo.spec:PLUGIN\n[corefile.handlers]\ndemo = broken_demo.handler:HANDLER\n"
    )


@pytest.mark.parametrize(
    ("spec", "handler", "said"),
    [
        (BROKEN, "", "cannot be loaded: ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("PLUGIN = 1\n", "", "cannot be loaded: TypeError: the entry point is no Plugin but int"),
        (
            OTHER + "name='other')\n",
            "",
            "cannot be loaded: ValueError: the plugin of entry point 'demo' is called 'other'",
        ),
        (
            OTHER + "before='nothing')\n",
            "",
            "cannot be loaded: ValueError: it stands beside 'nothing', which is no built-in plugin",
        ),
    ],
)
def test_a_broken_spec_is_a_note_of_the_diagnostic(
    spec: str, handler: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(tmp_path, spec, handler)
    find_in(installed(PACKAGE), monkeypatch)
    find_in(str(tmp_path), monkeypatch)
    for _ in fresh(monkeypatch):
        (found,) = compile_corefile(". {\n    demo\n}\n").diagnostics
        assert (found.code, found.message) == ("CF201", "unknown directive 'demo'")
        assert [note.endswith(said) for note in found.notes] == [True]


OTHERS = "from corefile.plugins.whoami import Whoami\nfrom corefile_runtime.chain.handler import Handler, one\n"
PREPARED = "from corefile_runtime.chain.handler import Handler\nHANDLER = Handler(lambda _configs, home: fail(home))\n"


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (BROKEN, "its handler 'broken_demo.handler:HANDLER' cannot be loaded: ModuleNotFoundError: No module named"),
        ("HANDLER = None\n", "its handler 'broken_demo.handler:HANDLER' cannot be loaded: it is no Handler"),
        (
            f"{PREPARED}def fail(_home):\n    raise ValueError('no  such\\nthing')\n",
            "cannot be set up: ValueError: no such thing",
        ),
        (f"{PREPARED}def fail(home):\n    raise home.refuse('not today')\n", "not today"),
        (
            f"{OTHERS}HANDLER = Handler(one(Whoami, lambda _config, _home: None))\n",
            "the handler is for Whoami, its spec gives Demo",
        ),
    ],
)
def test_a_broken_handler_stops_the_start(
    handler: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(tmp_path, "", handler)
    find_in(str(tmp_path), monkeypatch)
    for _ in fresh(monkeypatch):
        with pytest.raises(StartError) as caught, serve("demo"):
            pass
        assert str(caught.value).startswith(f"Corefile:3: plugin/demo: {said}")


def test_a_broken_package_shows_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text(".:0 {\n    bind 127.0.0.1\n    demo\n}\n")
    broken(tmp_path, "", BROKEN)
    ran = corefile(tmp_path, "run", path=str(tmp_path))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("Corefile:3: plugin/demo: its handler 'broken_demo.handler:HANDLER' cannot be loaded:")
    (tmp_path / "broken_demo" / "spec.py").write_text(BROKEN)
    for arguments in (("run",), ("lint", "Corefile"), ("explain", "demo")):
        ran = corefile(tmp_path, *arguments, path=str(tmp_path))
        assert ran.returncode in (1, 2)
        assert "Traceback" not in ran.stderr
    assert "the package of plugin 'demo' cannot be loaded: ModuleNotFoundError" in ran.stderr


def test_a_word_that_is_only_declared_is_served_by_nobody() -> None:
    compiled = compile_corefile(".:0 {\n demo\n}\n", "Corefile", Options(external_plugins=frozenset({"demo"})))
    assert compiled.verdict == "accept"
    assert chain.find_handler("demo") is None
