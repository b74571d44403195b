"""Corefiles changed by chance: what only looks different is no difference, what is different is told with its plugin.

The Corefiles are the fixtures that CoreDNS takes.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from corefile.changes.programs import diff_programs
from corefile.compiler import Compiled, Options, compile_corefile
from corefile.ir.document import ServerBlock
from corefile.ir.source import Word

FIXTURES = Path(__file__).parent.parent / "fixtures" / "plugins"
ENVIRONMENT = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
TAKEN = [
    path
    for path in sorted(FIXTURES.glob("*/*.corefile"))
    if not path.with_suffix(".out").read_text("utf-8").startswith("verdict: reject")
]


def compile_text(text: str) -> Compiled:
    return compile_corefile(text, "Corefile", Options(env=ENVIRONMENT))


def render_lines(words: tuple[Word, ...]) -> list[str]:
    """The lines of a directive, as plugins see them."""
    lines: list[list[str]] = []
    before: Word | None = None
    for word in words:
        if (
            before is None
            or before.line + before.text.count("\n") != word.line
            or before.source.file != word.source.file
        ):
            lines.append([])
        lines[-1].append(word.raw)
        before = word
    return [" ".join(line) for line in lines]


def render(blocks: list[ServerBlock], chance: random.Random) -> list[str]:
    """The lines of the blocks, the directives of each shuffled, those of one name kept in their order."""
    lines: list[str] = []
    for block in blocks:
        lines.append(" ".join(key.raw for key in block.keys) + " {")
        names = list(block.words_by_name())
        chance.shuffle(names)
        for name in names:
            for directive in block.directives:
                if directive.name == name:
                    lines += [f"    {line}" for line in render_lines(directive.words)]
        lines.append("}")
    return lines


def served(compiled: Compiled) -> list[ServerBlock]:
    return [block for block in compiled.expanded.blocks if block.keys]


@pytest.mark.parametrize("path", TAKEN, ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_order_and_layout_make_no_difference(path: Path) -> None:
    chance = random.Random(path.name)  # noqa: S311 - no secret
    compiled = compile_text(path.read_bytes().decode("utf-8", "replace"))
    blocks = served(compiled)
    if not any(directive.name == "view" for block in blocks for directive in block.directives):
        chance.shuffle(blocks)
    again = compile_text("\n".join(render(blocks, chance)) + "\n")
    assert again.verdict == compiled.verdict
    assert diff_programs(compiled.program, again.program) == ()


NUMBER = re.compile(r"(?<![\w.:%/-])([1-9]\d*)(?=(?:s|ms|m|h)?(?:\s|$))")


@pytest.mark.parametrize(
    "name", ["bufsize", "cache", "errors", "forward", "hosts", "kubernetes", "loadbalance", "reload"]
)
def test_a_changed_number_is_told_with_its_plugin(name: str) -> None:
    """Every number of a plugin's fixtures is raised by one; where both are taken, diff names the plugin."""
    compared = 0
    for path in [path for path in TAKEN if path.parent.name == name]:
        text = path.read_text("utf-8")
        before = compile_text(text)
        inside = [use.name for block in before.program.blocks for use in block.plugins]
        for match in NUMBER.finditer(text):
            changed = text[: match.start()] + str(int(match[1]) + 1) + text[match.end(1) :]
            after = compile_text(changed)
            if after.verdict == "reject" or after.program == before.program:
                continue
            compared += 1
            changes = diff_programs(before.program, after.program)
            assert changes, f"{path.name}: {match[1]} at {match.start()}"
            assert {change.plugin for change in changes if change.plugin} <= set(inside)
    assert compared


@pytest.mark.parametrize("path", TAKEN, ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_a_plugin_less_and_a_zone_more_are_told(path: Path) -> None:
    compiled = compile_text(path.read_bytes().decode("utf-8", "replace"))
    blocks = served(compiled)
    chance = random.Random(1)  # noqa: S311 - no secret
    added = compile_text("\n".join(["added.test {", "    whoami", "}", *render(blocks, chance)]) + "\n")
    if added.verdict != "reject":
        assert [change.zones for change in diff_programs(compiled.program, added.program)] == [("added.test:53",)]
    for name in {directive.name for block in blocks for directive in block.directives}:
        fewer = [
            ServerBlock(keys=block.keys, directives=tuple(d for d in block.directives if d.name != name))
            for block in blocks
        ]
        without = compile_text("\n".join(render(fewer, chance)) + "\n")
        if without.verdict != "reject" and name != "view":
            changes = diff_programs(compiled.program, without.program)
            assert {change.plugin for change in changes} == {name}
            assert {change.kind for change in changes} == {"plugin-removed"}
