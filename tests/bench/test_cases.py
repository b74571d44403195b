"""The cases: their Corefiles are good ones, and what they name is there."""

import re
import string
from pathlib import Path

import pytest

from corefile.compiler import Options, compile_corefile
from tests.bench import corefiles
from tests.bench.bench import PORTS
from tests.bench.cases import CASES, SHORT
from tests.bench.inputs import PATTERNS, write_files, write_zone
from tests.bench.startup import RELOADS, SHAPES, Reload, edited

GENERATED = {"mix", "letters", "cookies"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bench")
    write_files(made)
    write_zone(made / "db.100k", 10)
    return made


def filled(text: str, folder: Path) -> str:
    ports = {name: 10_000 + number for number, name in enumerate(PORTS)}
    return string.Template(text).substitute(dir=folder, **ports)


def complaints(text: str, folder: Path) -> list[str]:
    compiled = compile_corefile(filled(text, folder), options=Options(check_files=True))
    return [diagnostic.message for diagnostic in compiled.diagnostics if diagnostic.severity == "error"]


@pytest.mark.parametrize("name", CASES)
def test_a_case_has_a_corefile_without_errors_whose_files_are_written(name: str, folder: Path) -> None:
    assert complaints(CASES[name].corefile, folder) == []


@pytest.mark.parametrize("name", CASES)
def test_what_a_corefile_asks_of_others_is_started_beside_it(name: str) -> None:
    case = CASES[name]
    used = set(re.findall(r"\$(upstream|secure|kubernetes)\b", case.corefile))
    assert used == set(case.beside)


@pytest.mark.parametrize("name", CASES)
def test_the_queries_of_a_case_can_be_written(name: str) -> None:
    assert CASES[name].queries in PATTERNS.keys() | GENERATED


@pytest.mark.parametrize("text", [text for text, _ in SHAPES.values()], ids=SHAPES)
def test_the_corefiles_for_starts_are_good(text: str, folder: Path) -> None:
    assert complaints(text, folder) == []


@pytest.mark.parametrize("reload", RELOADS, ids=[reload.name for reload in RELOADS])
@pytest.mark.parametrize("edit", [1, 2])
def test_the_corefiles_for_reloads_are_good(reload: Reload, edit: int, folder: Path) -> None:
    assert complaints(edited(reload, edit), folder) == []


def test_a_large_corefile_has_so_many_blocks(folder: Path) -> None:
    assert complaints(corefiles.many_clusters(3), folder) == []
    assert corefiles.many_clusters(3).count("kubernetes") == 3


def test_the_short_set_is_of_cases() -> None:
    assert set(SHORT) <= CASES.keys()
