"""How many processes a program asks for, and what is said of a plugin that cannot tell."""

import pytest
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.process.processes import count_processes

from corefile.compiler import compile_corefile
from corefile.ir.program import Program


def program(text: str) -> Program:
    compiled = compile_corefile(text, "Corefile")
    assert compiled.verdict == "accept"
    return compiled.program


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (". {\n    whoami\n}\n", 1),
        (". {\n    multisocket 3\n    whoami\n}\n", 3),
        ("a.example {\n    multisocket 2\n}\nb.example {\n    multisocket 4\n}\nc.example {\n    whoami\n}\n", 4),
    ],
)
def test_the_largest_number_counts(text: str, count: int) -> None:
    assert count_processes(program(text)) == count


def test_a_handler_that_cannot_be_loaded_has_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_name: str) -> None:
        raise StartError("its handler 'mine:HANDLER' cannot be loaded: ImportError: no")

    monkeypatch.setattr("corefile_runtime.process.processes.find_handler", fail)
    with pytest.raises(StartError) as caught:
        count_processes(program(". {\n    whoami\n}\n"))
    assert str(caught.value) == (
        "Corefile:2: plugin/whoami: its handler 'mine:HANDLER' cannot be loaded: ImportError: no"
    )
