"""Two programs side by side: served zones first, then plugins, then their properties."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, cast

from corefile.changes.change import Change
from corefile.changes.values import Difference, compare, render_value, similarity, without
from corefile.ir.names import DEFAULT_PORTS, is_subdomain
from corefile.ir.program import Block, Config, Key, PluginUse, Program
from corefile.ir.source import Span
from corefile.plugins.spec import labels

Served = tuple[str, str, int]
"""Transport, zone, port."""


class Pair(NamedTuple):
    """What serves a zone before and after."""

    old: Block
    new: Block
    view: str


def diff_programs(old: Program, new: Program) -> tuple[Change, ...]:
    """All changes of behaviour from the old program to the new one; none for programs that do the same.

    What changes alike for several zones is one change. Reordered blocks and directives, comments, quoting, and text
    that is imported or written in place make no difference.
    """
    before, after = _served(old), _served(new)
    found: list[Change] = []
    seen: dict[tuple[int, int, str], tuple[list[str], list[Change]]] = {}
    for served in before:
        if served not in after:
            found.append(_zone_removed(served, before, after))
            continue
        pairs, views = _pair(before[served], after[served], show(served))
        found += views
        for pair in pairs:
            identity = (id(pair.old), id(pair.new), pair.view)
            if identity not in seen:
                seen[identity] = ([], list(_compare_blocks(pair)))
            seen[identity][0].append(show(served))
    found += [_zone_added(served, before, after) for served in after if served not in before]
    for zones, changes in seen.values():
        found += [replace(change, zones=tuple(zones)) for change in changes]
    return tuple(_merged(found))


def show(served: Served) -> str:
    """A served key as people write it: `example.org:53`, `tls://example.org:853`."""
    transport, zone, port = served
    name = _bare(zone)
    scheme = "" if transport == "dns" else f"{transport}://"
    return f"{scheme}{name}" if transport == "unix" else f"{scheme}{name}:{port}"


# ---- zones


def _served(program: Program) -> dict[Served, list[Block]]:
    found: dict[Served, list[Block]] = {}
    for block in program.blocks:
        for key in block.keys:
            blocks = found.setdefault((key.transport, key.zone, key.port), [])
            if block not in blocks or block.plugin("view") is None:
                blocks.append(block)
    return found


def _zone_removed(served: Served, before: Mapping[Served, list[Block]], after: Mapping[Served, list[Block]]) -> Change:
    name = _name(served)
    moved = [show(other) for other in after if other[1] == served[1] and other not in before]
    fate = (
        f"moved to {', '.join(moved)}"
        if moved
        else f"no longer served: {_fate(served, after, 'its queries now go to')}"
    )
    return Change(
        kind="zone-moved" if moved else "zone-removed",
        zones=(show(served),),
        old=show(served),
        new=", ".join(moved),
        message=f"zone {name} {fate}",
        before=_key_span(before[served][0], served),
    )


def _zone_added(served: Served, before: Mapping[Served, list[Block]], after: Mapping[Served, list[Block]]) -> Change:
    block = after[served][0]
    answers = ", ".join(f"`{use.name}`" for use in block.plugins) or "no plugin"
    return Change(
        kind="zone-added",
        zones=(show(served),),
        new=show(served),
        message=f"zone {_name(served)} now served by {answers}; {_fate(served, before, 'its queries went to')}",
        after=_key_span(block, served),
    )


def _fate(served: Served, others: Mapping[Served, list[Block]], words: str) -> str:
    """Who answers the queries of a zone that is not served: the longest zone above it on the same listener."""
    transport, zone, port = served
    above = [name for t, name, p in others if (t, p) == (transport, port) and is_subdomain(name, zone)]
    if above:
        return f"{words} `{_bare(max(above, key=len))}`"
    refused = "are now refused" if words.endswith("now go to") else "were refused"
    return f"its queries {refused}"


def _name(served: Served) -> str:
    transport, zone, port = served
    if str(port) == DEFAULT_PORTS.get(transport):
        return f"`{'' if transport == 'dns' else transport + '://'}{_bare(zone)}`"
    return f"`{show(served)}`"


def _bare(zone: str) -> str:
    return zone if zone == "." else zone.removesuffix(".")


def _key_span(block: Block, served: Served) -> Span | None:
    key: Key | None = next((k for k in block.keys if (k.transport, k.zone, k.port) == served), None)
    return key.word.span if key is not None and key.word is not None else block.span


# ---- blocks


def _pair(old: list[Block], new: list[Block], zone: str) -> tuple[list[Pair], list[Change]]:
    """Which block became which: by view first, then by address, then in order."""
    pairs: list[Pair] = []
    left_old, left_new = list(old), list(new)
    for same in LIKENESS:
        for before in list(left_old):
            after = next((block for block in left_new if same(before, block)), None)
            if after is not None:
                left_old.remove(before)
                left_new.remove(after)
                pairs.append(Pair(before, after, _view(before)))
    while left_old and left_new:
        pairs.append(Pair(left_old.pop(0), left_new.pop(0), ""))
    changes = [_view_change("view-removed", block, zone) for block in left_old]
    changes += [_view_change("view-added", block, zone) for block in left_new]
    return pairs, changes + _view_order(old, new, pairs, zone)


LIKENESS: tuple[Callable[[Block, Block], bool], ...] = (
    lambda a, b: a == b,
    lambda a, b: _view(a) == _view(b) and a.addresses == b.addresses,
    lambda a, b: _view(a) == _view(b),
    lambda a, b: _expressions(a) == _expressions(b),
)
"""What makes a block the successor of another one, the surest sign first."""


def _view_order(old: list[Block], new: list[Block], pairs: list[Pair], zone: str) -> list[Change]:
    """Views are asked in the order of the file; blocks on addresses of their own are not."""
    filtered = [pair for pair in pairs if pair.old.plugin("view") or pair.new.plugin("view")]
    before = sorted(filtered, key=lambda pair: _index(old, pair.old))
    after = sorted(filtered, key=lambda pair: _index(new, pair.new))
    if before == after:
        return []
    names = [", ".join(pair.view or "(no view)" for pair in order) for order in (before, after)]
    message = f"views are asked in another order: {names[0]} → {names[1]}"
    return [Change(kind="view-order", zones=(zone,), plugin="view", old=names[0], new=names[1], message=message)]


def _index(blocks: list[Block], block: Block) -> int:
    return next(index for index, other in enumerate(blocks) if other is block)


def _view_change(kind: str, block: Block, zone: str) -> Change:
    name = _view(block)
    what = f"view `{name}`" if name else "server block without view"
    if block.addresses != ("",):
        what += f" on {', '.join(block.addresses)}"
    if kind == "view-added":
        return Change(kind="view-added", zones=(zone,), view=name, message=f"{what} added", after=block.span)
    return Change(kind="view-removed", zones=(zone,), view=name, message=f"{what} removed", before=block.span)


def _view(block: Block) -> str:
    use = block.plugin("view")
    return str(getattr(use.configs[0], "name", "")) if use is not None and use.configs else ""


def _expressions(block: Block) -> object:
    use = block.plugin("view")
    return use.configs if use is not None else ()


# ---- plugins


def _compare_blocks(pair: Pair) -> Iterator[Change]:
    old = {use.name: use for use in pair.old.plugins}
    new = {use.name: use for use in pair.new.plugins}
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name), new.get(name)
        if before is None:
            assert after is not None
            yield _plugin("plugin-added", name, pair, after=after.span)
        elif after is None:
            yield _plugin("plugin-removed", name, pair, before=before.span)
        else:
            yield from _compare_uses(pair, before, after)


def _plugin(kind: str, name: str, pair: Pair, *, before: Span | None = None, after: Span | None = None) -> Change:
    verb = "added" if kind == "plugin-added" else "removed"
    return Change(
        kind="plugin-added" if kind == "plugin-added" else "plugin-removed",
        zones=(),
        plugin=name,
        view=pair.view,
        message=f"`{name}` {verb}",
        before=before,
        after=after,
    )


def _compare_uses(pair: Pair, old: PluginUse, new: PluginUse) -> Iterator[Change]:
    before = [_with_zones(config, pair.old) for config in old.configs]
    after = [_with_zones(config, pair.new) for config in new.configs]
    if old.configs == new.configs or before == after:
        return
    left_old, left_new = without(before, after), without(after, before)
    if not left_old and not left_new:
        yield _changed(pair, old, new, Difference("", "order", "", ""), "")
        return
    while left_old and left_new:
        first, second = max(
            ((a, b) for a in left_old for b in left_new),
            key=lambda couple: similarity(*couple) if type(couple[0]) is type(couple[1]) else -1,
        )
        left_old.remove(first)
        left_new.remove(second)
        which = _which(first) if len(before) > 1 or len(after) > 1 else ""
        for difference in compare(_bare_zones(first, pair.old), _bare_zones(second, pair.new)):
            yield _changed(pair, old, new, difference, which)
    for config in left_old:
        yield _changed(pair, old, new, Difference("", "removed", _which(config), ""), "")
    for config in left_new:
        yield _changed(pair, old, new, Difference("", "added", "", _which(config)), "")


def _with_zones(config: Config, block: Block) -> Config:
    """A config without zones of its own takes the block's; written out or not makes no difference."""
    if getattr(config, "zones", None) == ():
        changed: dict[str, Any] = {"zones": tuple(sorted(block.zones))}
        return replace(config, **changed)
    zones: object = getattr(config, "zones", None)
    if isinstance(zones, tuple):
        changed = {"zones": tuple(sorted(map(str, cast("tuple[object, ...]", zones))))}
        return replace(config, **changed)
    return config


def _bare_zones(config: Config, block: Block) -> Config:
    """The config as it is shown: zones that are the block's are left out."""
    if getattr(config, "zones", None) == tuple(sorted(block.zones)):
        changed: dict[str, Any] = {"zones": ()}
        return replace(config, **changed)
    return config


def _which(config: Config) -> str:
    """What tells one use of a plugin from another: its first field that says something."""
    for name in config.__dataclass_fields__:
        value: object = getattr(config, name)
        if value not in ((), "", None, False):
            return render_value(value)
    return ""


def _changed(pair: Pair, old: PluginUse, new: PluginUse, difference: Difference, which: str) -> Change:
    name = labels(old.name).get(difference.path, difference.path.replace(".", " "))
    subject = f"`{old.name}`" + (f" {which}" if which else "") + (f" {name}" if name else "")
    return Change(
        kind="plugin-changed",
        zones=(),
        plugin=old.name,
        property=name,
        old=difference.old,
        new=difference.new,
        message=_sentence(subject, difference),
        view=pair.view,
        before=old.span,
        after=new.span,
    )


def _sentence(subject: str, difference: Difference) -> str:
    old, new = difference.old, difference.new
    if difference.what == "order":
        return f"{subject} in another order" + (f": {old} → {new}" if old else "")
    if difference.what == "secret" or old == new == "redacted":
        shown = f" {old}" if old != "redacted" and old else ""
        return f"{subject}{shown} changed, it is a secret"
    if difference.what == "added":
        return f"{subject} {new} added" if new else f"{subject} added"
    if difference.what == "removed":
        return f"{subject} {old} removed" if old else f"{subject} removed"
    return f"{subject} {old or '(none)'} → {new or '(none)'}"


def _merged(changes: list[Change]) -> list[Change]:
    """Changes that read the same for several zones become one, in the order in which they were found."""
    merged: dict[tuple[object, ...], Change] = {}
    for change in changes:
        key = (change.kind, change.plugin, change.property, change.old, change.new, change.message, change.view)
        first = merged.get(key)
        if first is None:
            merged[key] = change
        elif not set(change.zones) <= set(first.zones):
            merged[key] = replace(first, zones=(*first.zones, *(z for z in change.zones if z not in first.zones)))
    return list(merged.values())
