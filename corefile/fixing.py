"""Fixing of Corefiles: the fixes of findings are applied until none is left, and never for the worse.

Only the file that was asked for is mended. What is imported may serve other Corefiles, and the text of a manifest has
an indentation of its own. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from corefile.compiler import Compiled
from corefile.diag.diagnostic import Diagnostic, Edit
from corefile.inputs import Input
from corefile.ir.source import ImportSite, Source, Span
from corefile.reporting import Checked

PASSES = 100
"""Rounds after which a text that still changes is left as it was: two rules want different things."""

BOM = b"\xef\xbb\xbf"

UNSAFE = "its fix may change what is answered"
"""Why a finding is left that `unsafe` would mend."""

Key: TypeAlias = "tuple[tuple[object, ...], str]"
Way: TypeAlias = "tuple[ImportSite, ...]"

_ORDER = {"accept": 0, "environment": 1, "reject": 2}


class Mended(NamedTuple):
    """A Corefile with its fixes applied: `given` has the new text, `checked` what is said of that.

    `fixed` are the findings that were mended, with their places in the text they were found in; `left` those with a
    fix that was not applied, and why.
    """

    given: Input
    checked: Checked
    fixed: tuple[Diagnostic, ...] = ()
    left: tuple[tuple[Diagnostic, str], ...] = ()


def mend(given: Input, check: Callable[[Input], Checked], *, unsafe: bool = False) -> Mended:
    """Apply the safe fixes, or all."""
    checked = first = check(given)
    current, fixed = given, list[Diagnostic]()
    seen = {given.source.text}
    for _ in range(PASSES):
        chosen = _without_overlaps(current, _mendable(current, checked, unsafe))
        if not chosen:
            return Mended(current, checked, tuple(fixed), tuple(_left(current, checked, unsafe)))
        text = _apply(current.source, [edit for found in chosen for edit in _edits(found)])
        current, before = _with_text(current, text), checked
        checked = check(current)
        fixed += chosen
        if _is_worse(before.compiled, checked.compiled) or text in seen:
            return Mended(given, first, (), tuple(_all_left(first, _why(checked.compiled))))
        seen.add(text)
    return Mended(given, first, (), tuple(_all_left(first, "the fixes undo one another")))


def _why(compiled: Compiled) -> str:
    if compiled.refusal is None:
        return "the fixes undo one another"
    return f"CoreDNS would refuse the mended file: {compiled.diagnostics[compiled.refusal].message}"


def _mendable(given: Input, checked: Checked, unsafe: bool) -> list[Diagnostic]:
    """The findings whose fix is applied now, each once."""
    found: dict[object, Diagnostic] = {}
    for one, reason in _judged(given, checked, unsafe):
        if not reason:
            found.setdefault((one.code, one.message, *map(_key, _edits(one))), one)
    return list(found.values())


def _left(given: Input, checked: Checked, unsafe: bool) -> Iterator[tuple[Diagnostic, str]]:
    return ((one, reason) for one, reason in _judged(given, checked, unsafe) if reason)


def _all_left(checked: Checked, reason: str) -> Iterator[tuple[Diagnostic, str]]:
    return ((one, reason) for one in checked.extra if one.fix is not None)


def _judged(given: Input, checked: Checked, unsafe: bool) -> Iterator[tuple[Diagnostic, str]]:
    """The findings with a fix, and why it is not applied: empty where it is."""
    partial = _Partial(checked)
    whole = _unfit(given)
    for one in checked.extra:
        if one.fix is None:
            continue
        if whole:
            yield one, whole
        elif any(edit.span.path != given.path for edit in one.fix.edits):
            yield one, "it is in an imported file, which may serve other Corefiles"
        elif not one.fix.safe and not unsafe:
            yield one, UNSAFE
        else:
            yield one, partial.reason(one)


def _unfit(given: Input) -> str:
    """Why no text of an input can be mended, empty if it can."""
    if given.data is None:
        return "it is in a manifest"
    if given.data.removeprefix(BOM) != given.source.text.encode("utf-8", "replace"):
        return "the file has bytes that are not UTF-8"
    return ""


class _Partial:
    """A text that is imported several times is mended only if that is wanted for each time."""

    def __init__(self, checked: Checked) -> None:
        self._compiled = checked.compiled
        self._wanted: dict[Key, set[Way]] = {}
        self._brought: dict[tuple[str, int], set[Way]] = {}
        for edit in (edit for one in checked.extra for edit in _edits(one)):
            self._wanted.setdefault(_key(edit), set()).add(edit.span.imports)

    def reason(self, found: Diagnostic) -> str:
        """Why a finding is left, empty if it is not."""
        for edit in _edits(found):
            if edit.span.imports and self._ways(edit.span) - self._wanted[_key(edit)]:
                return "its text is imported elsewhere too, where there is nothing to mend"
        return ""

    def _ways(self, span: Span) -> set[Way]:
        """The imports that bring a line."""
        if not self._brought:
            for block in self._compiled.expanded.blocks:
                for word in (word for directive in block.directives for word in directive.words if word.imports):
                    place = word.span
                    self._brought.setdefault((place.path, place.line), set()).add(word.imports)
        return self._brought.get((span.path, span.line), set())


def _key(edit: Edit) -> Key:
    """What an edit does, whichever import brought its text."""
    return edit.span[:5], edit.replacement


def _edits(found: Diagnostic) -> tuple[Edit, ...]:
    return () if found.fix is None else found.fix.edits


def _without_overlaps(given: Input, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Those that can be mended together: the same edits, or edits that do not touch."""
    taken: list[tuple[int, int]] = []
    fixes: set[tuple[Key, ...]] = set()
    chosen: list[Diagnostic] = []
    for one in found:
        keys = tuple(map(_key, _edits(one)))
        ranges = [_range(given.source, edit.span) for edit in _edits(one)]
        if keys not in fixes:
            if any(start <= end and begin <= stop for start, stop in ranges for begin, end in taken):
                continue
            fixes.add(keys)
            taken += ranges
        chosen.append(one)
    return chosen


def _range(source: Source, span: Span) -> tuple[int, int]:
    starts = source.line_starts()
    return starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1


def _apply(source: Source, edits: Sequence[Edit]) -> str:
    """The text with all edits, the same one once."""
    text = source.text
    once = {_key(edit): edit for edit in edits}.values()
    for edit in sorted(once, key=lambda edit: edit.span[1:3], reverse=True):
        start, end = _range(source, edit.span)
        text = text[:start] + edit.replacement + text[end:]
    return text


def _with_text(given: Input, text: str) -> Input:
    source = Source(given.source.path, text, file=given.source.file, base=given.source.base)
    mark = BOM if given.data is not None and given.data.startswith(BOM) else b""
    return given._replace(source=source, data=mark + text.encode("utf-8"))


def _is_worse(before: Compiled, after: Compiled) -> bool:
    """Whether CoreDNS would take what it has taken before less readily, or find more to refuse."""
    return (_ORDER[after.verdict], _refusals(after)) > (_ORDER[before.verdict], _refusals(before))


def _refusals(compiled: Compiled) -> int:
    return sum(found.rank is not None for found in compiled.diagnostics)
