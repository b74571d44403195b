"""Typed uses: configs with the places of their words."""

from __future__ import annotations

import ast

import pytest

from corefile.compiler import compile_corefile
from corefile.ir.program import Block, Config, PluginUse
from corefile.plugins.file import File
from corefile.plugins.forward.config import Forward
from corefile.plugins.health import Health
from corefile.plugins.uses import UseIndex, chain, find_uses
from tests.docs.listings import ROOT

TEXT = """\
(common) {
    health :8081
}
example.org {
    forward . 192.0.2.53 {
        max_fails 1
        except a.example.org b.example.org
        max_fails 2
    }
    import common
    health :8082 {
        lameduck 5s
    }
}
example.net {
    file db.net
    forward example.net 192.0.2.54
    file db.www www.example.net {
        reload 1m
    }
    forward . 192.0.2.55
}
"""


def test_uses_come_in_the_order_of_the_text_with_their_configs() -> None:
    compiled = compile_corefile(TEXT)
    found = [(use.index, use.number, use.config.zone, use.span.line) for use in compiled.uses(Forward)]
    assert found == [(0, 0, ".", 5), (1, 0, "example.net.", 17), (1, 1, ".", 21)]
    assert [use.block.zones for use in compiled.uses(File)] == [("example.net.",)] * 2


def test_a_property_has_a_place_where_this_use_names_it() -> None:
    first, second, _ = compile_corefile(TEXT).uses(Forward)
    assert [word.span.line for word in first.named("max_fails")] == [6, 8]
    at = first.at("max_fails")
    assert at is not None
    assert at[1:5] == (8, 9, 8, 18)
    assert (first.at("expire"), second.at("max_fails"), second.named("max_fails")) == (None, None, ())


def test_arguments_are_counted_from_one() -> None:
    first, second, _ = compile_corefile(TEXT).uses(Forward)
    assert [word.text for word in second.arguments()] == ["example.net", "192.0.2.54"]
    assert [word.text for word in first.arguments("except")] == ["a.example.org", "b.example.org"]
    assert [word.text for word in first.arguments("max_fails")] == ["2"]
    place = first.argument(2, "except")
    assert place is not None
    assert place[1:5] == (7, 30, 7, 43)
    absent = [first.argument(0), first.argument(3), first.argument(3, "except"), first.argument(1, "expire")]
    assert absent == [None] * 4


def test_a_use_has_its_own_words() -> None:
    one, other = compile_corefile(TEXT).uses(File)
    assert [word.text for word in one.words] == ["file", "db.net"]
    assert [word.text for word in other.words] == ["file", "db.www", "www.example.net", "{", "reload", "1m", "}"]
    assert (one.at("reload"), other.at("reload") is None) == (None, False)


def test_uses_that_share_a_state_are_one_with_all_words() -> None:
    (use,) = compile_corefile(TEXT).uses(Health)
    assert (use.config.address, use.config.lameduck.seconds, use.number) == (":8082", 5, 0)
    assert [word.span.line for word in use.words if word.text == "health"] == [2, 11]
    assert use.at("lameduck") is not None


def test_a_use_with_a_fault_is_left_out_and_the_others_are_not() -> None:
    text = ". {\n    forward a.example.org 192.0.2.53 {\n        max_fails x\n    }\n    forward . 192.0.2.54\n}\n"
    compiled = compile_corefile(text)
    assert compiled.verdict == "reject"
    assert [use.config.zone for use in compiled.uses(Forward)] == ["."]
    assert [use.is_sound for use in find_uses(compiled.program.blocks, Forward)] == [False, True]


def test_a_chain_has_the_uses_in_the_order_of_execution() -> None:
    (_, block) = compile_corefile(TEXT).program.blocks
    found = [(use.name, use.number) for use in chain(block, 1)]
    assert found == [("file", 0), ("file", 1), ("forward", 0), ("forward", 1)]
    assert [use.name for use in chain(block, 1, {"forward"})] == ["forward", "forward"]


def test_the_index_finds_what_a_scan_finds() -> None:
    program = compile_corefile(TEXT).program
    index = UseIndex(program.blocks)
    for kind in (Forward, File, Health):
        assert list(index.find(kind)) == list(find_uses(program.blocks, kind))
    assert index.names() == {"file", "forward", "health"}


def test_a_program_that_was_not_read_from_text_has_uses_too() -> None:
    block = Block(keys=(), plugins=(PluginUse(name="health", configs=(Health(),)),))
    (use,) = find_uses([block], Health)
    assert (use.words, use.at("lameduck"), use.argument(1)) == ((), None, None)


CHECKED = [*sorted((ROOT / "corefile" / "checks").glob("*.py")), *sorted((ROOT / "corefile" / "rules").glob("cl*.py"))]


@pytest.mark.parametrize("path", CHECKED, ids=lambda path: path.name)
def test_no_check_and_no_rule_casts(path: object) -> None:
    tree = ast.parse((ROOT / str(path)).read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert [ast.unparse(call) for call in calls if isinstance(call.func, ast.Name) and call.func.id == "cast"] == []


def test_configs_are_told_apart_by_their_class() -> None:
    assert not list(compile_corefile(TEXT).uses(Config))
