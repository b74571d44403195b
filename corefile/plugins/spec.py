"""What a plugin is, to everything that only reads: usage, properties, documentation, and words to config.

One file per plugin holds a frozen config, the functions that read it, and `PLUGIN`, found here by the file's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from corefile.ir.program import Config
from corefile.plugins import external
from corefile.plugins.args import Args
from corefile.plugins.order import POSITION
from corefile.plugins.refusing import Fault, Need, Refused

if TYPE_CHECKING:
    from corefile.ir.source import Word
    from corefile.plugins.answering import Answers

C = TypeVar("C", bound=Config)


def unchanged(config: C, _args: Args) -> C:
    """The config as it is: for properties that are only documented."""
    return config


def no_arguments(config: C, args: Args) -> C:
    """The same, for a line on which nothing else may stand."""
    args.none()
    return config


def no_effect(config: C, args: Args) -> C:
    """The same, whatever its arguments are: CoreDNS still takes the property, and does nothing with it."""
    args.rest()
    return config


@dataclass(frozen=True, slots=True, kw_only=True)
class Property(Generic[C]):
    """One line that a plugin's block may have.

    `usage` is the whole line with its arguments in capitals, `doc` one sentence or two. `read` gets the config so far
    and the arguments behind the property's name; a plugin with a `parse` of its own need not have it. `since` and
    `until` are the first release with it and the first without.

    What holds without the line is said in one of two ways. `default` has the arguments with which the line changes
    nothing, as they are written (`9984 3600 5`; empty: the name alone). Where no line says it, `absent` tells it in
    words (`off`, `the system's choice`). `beside` has the default that another line of the block brings, by that line.
    `short` has arguments that leave some out, and all of them as they are meant. Tests read every one of these lines:
    the config is the truth, and a page cannot say anything else.
    """

    name: str
    read: Callable[[C, Args], C] = unchanged
    usage: str = ""
    doc: str = ""
    default: str | None = None
    absent: str = ""
    beside: Mapping[str, str] = field(default_factory=dict[str, str])
    short: Mapping[str, str] = field(default_factory=dict[str, str])
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A Corefile of the plugin's page, run by the tests: `lint` must find it clean."""

    title: str
    corefile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin(Generic[C]):
    """A plugin's spec.

    One from another package names the built-in plugin `before` or `after` which it stands in the chain. `labels` gives
    fields of the config, by path, the name that the Corefile has for them (`success.max_ttl`: `success TTL`). `short`
    is for the directive's own line what it is for a property's.

    `config()` gives the config with all defaults; `read` reads the directive's own line into one; properties follow,
    with `any_case` in capitals as well; and `finish` checks what can only be checked at the end of a use. `line` reads
    a line of the block that begins with no property (a hosts entry). A plugin with a language of its own has `parse`
    instead, which reads all uses.
    With `first_only` CoreDNS reads the first use and ignores the others. Where it keeps one state for all uses,
    `again` reads the line of each further use (without `read`, that of the first as well) on top of what the uses
    before it left, and one config comes out. Some are `blockless`: they never look for a block, so that the words of
    one are further uses to them.
    `answers` says which queries a use answers by itself; None for a plugin that only changes, counts or watches what
    passes. Several uses are one source of answers, unless they are asked `in_turn`, in the order of the file.
    """

    name: str
    summary: str
    usage: tuple[str, ...]
    config: Callable[[], C]
    read: Callable[[Args], C] | None = None
    properties: tuple[Property[C], ...] = ()
    once: bool = False
    first_only: bool = False
    blockless: bool = False
    any_case: bool = False
    again: Callable[[C, Args], C] | None = None
    line: Callable[[C, Args], C] | None = None
    finish: Callable[[C, Args], C] | None = None
    parse: Callable[[Args], tuple[C, ...]] | None = None
    answers: Callable[[C], Answers] | None = None
    in_turn: bool = False
    description: str = ""
    examples: tuple[Example, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    short: Mapping[str, str] = field(default_factory=dict[str, str])
    since: str = "1.0.0"
    until: str = ""
    before: str = ""
    after: str = ""


class Reading(NamedTuple):
    """What came of a plugin's words: a config per use, what is wrong, what is needed, and where things stand.

    `marks` has (use, property, word index): where a use names a property; the empty property is the use itself.
    """

    configs: tuple[Config, ...]
    faults: tuple[Fault, ...] = ()
    needs: tuple[Need, ...] = ()
    marks: tuple[tuple[int, str, int], ...] = ()


def load(name: str) -> Plugin[Config]:
    """The spec of a plugin, built in or from an installed package. Raises `KeyError` for any other word."""
    plugin = _loaded.get(name)
    if plugin is None and name not in POSITION:
        plugin = external.find(name)
        if plugin is None:
            raise KeyError(name)
    if plugin is None:
        module = import_module(f"corefile.plugins.{name}")
        plugin = _loaded[name] = module.PLUGIN
    return plugin


def known(name: str) -> bool:
    """Whether there is a spec of that name."""
    return name in POSITION or external.find(name) is not None


def labels(name: str) -> Mapping[str, str]:
    """The Corefile's names for the fields of a plugin's config; empty for a plugin that is not built in."""
    return load(name).labels if known(name) else {"lines": "line"}


_loaded: dict[str, Plugin[Config]] = {}


def read_plugin(plugin: Plugin[C], words: Sequence[Word]) -> Reading:
    """Read all uses of a plugin in a server block. What is wrong is noted, never raised."""
    args = Args(words, plugin.name)
    if plugin.parse is not None:
        return _read_whole(plugin, args)
    configs: list[C] = []
    table = {prop.name: prop for prop in plugin.properties}
    while args.next():
        configs.append(_read_use(plugin, args, table, configs[-1] if configs else plugin.config()))
        args.use += 1
        if plugin.first_only:
            break
    if plugin.again is not None:
        configs = configs[-1:]
    return Reading(tuple(configs), tuple(args.faults), tuple(args.needs), tuple(args.marks))


def _read_whole(plugin: Plugin[C], args: Args) -> Reading:
    assert plugin.parse is not None
    args.usage = plugin.usage[0]
    configs: tuple[Config, ...] = ()
    try:
        configs = plugin.parse(args)
    except Refused:
        pass
    return Reading(configs, tuple(args.faults), tuple(args.needs), tuple(args.marks))


def _read_use(plugin: Plugin[C], args: Args, table: dict[str, Property[C]], before: C) -> C:
    """One use: its line, its block, and what must hold at the end. Goes on after a fault, to find the next one."""
    args.marks.append((args.use, "", args.at))
    args.usage = plugin.usage[0] if plugin.usage else ""
    start = args.at
    config = before if plugin.again else plugin.config()
    try:
        if plugin.once:
            args.once()
        if plugin.again is not None and (args.use or plugin.read is None):
            config = plugin.again(config, args)
        elif plugin.read is not None:
            config = plugin.read(args)
    except Refused:
        skip_line(args, start)
    if not plugin.blockless:
        config = read_block(args, table, config, in_any_case(table) if plugin.any_case else plugin.line)
    if plugin.finish is not None:
        args.usage = ""
        try:
            config = plugin.finish(config, args)
        except Refused:
            pass
    return config


def read_block(
    args: Args, table: Mapping[str, Property[C]], config: C, line: Callable[[C, Args], C] | None = None
) -> C:
    """Read the block that opens on the current line, if any. Goes on after a fault."""
    while args.next_block():
        start = args.at
        try:
            config = _read_line(args, table, config, line)
        except Refused:
            skip_line(args, start)
    return config


def _read_line(args: Args, table: Mapping[str, Property[C]], config: C, line: Callable[[C, Args], C] | None) -> C:
    prop = table.get(args.val)
    if prop is None:
        args.usage = ""
        if line is None:
            args.unknown_property(table)
        return line(config, args)
    args.usage = prop.usage or prop.name
    args.marks.append((args.use, prop.name, args.at))
    return prop.read(config, args)


def in_any_case(properties: Mapping[str, Property[C]]) -> Callable[[C, Args], C]:
    """A reader of lines that begin with a property in other letters: some plugins of CoreDNS take capitals, too."""
    from corefile.golang.letters import to_lower

    def read(config: C, args: Args) -> C:
        prop = properties.get(to_lower(args.val))
        if prop is None:
            args.unknown_property(properties)
        args.usage = prop.usage
        args.marks.append((args.use, prop.name, args.at))
        return prop.read(config, args)

    return read


def skip_line(args: Args, start: int) -> None:
    """After a fault in what began at `start`: go to the end of its line and of the block that it opens.

    A closing brace that was taken for an argument closes the plugin's block all the same.
    """
    args.at = max(args.at, start)
    while args.next_arg():
        if args.val == "{" and args.nesting == 0 and args.words[start].text == args.plugin:
            args.at -= 1
            return
    end = args.at
    depth = 0
    for at in range(start + 1, end + 1):
        text = args.words[at].text
        if text == "{":
            depth += 1
        elif text == "}":
            depth -= 1
            if depth < 0 and args.nesting:
                args.nesting -= 1
                args.at = at
                return
    while depth > 0 and args.next():
        depth += {"{": 1, "}": -1}.get(args.val, 0)
