"""A plugin's page in Markdown, written from its spec: what `corefile explain` and `docs/plugins/` show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from corefile.ir.program import Config
from corefile.plugins.external import position
from corefile.plugins.order import EXTENSIONS, ORDER, POSITION
from corefile.plugins.spec import Example, Plugin, Property


def plugin_page(plugin: Plugin[Config]) -> str:
    """Usage, description, properties with their defaults and releases, place in the chain, examples."""
    return "\n\n".join(part for part in _parts(plugin) if part) + "\n"


def _parts(plugin: Plugin[Config]) -> Iterator[str]:
    yield f"# {plugin.name}"
    yield f"{_sentence(plugin.summary)}{_releases(plugin.since, plugin.until, first='1.0.0')}"
    if plugin.name in EXTENSIONS:
        yield "CoreDNS does not have this plugin."
    yield f"```text\n{_usage(plugin)}```"
    yield _left_out(plugin)
    yield plugin.description.strip()
    if plugin.properties:
        yield "## Properties"
        yield "\n".join(map(_property, plugin.properties))
    yield "## Place in the chain"
    yield _place(plugin.name)
    if plugin.examples:
        yield "## Examples"
        yield "\n\n".join(map(_example, plugin.examples))


def _usage(plugin: Plugin[Config]) -> str:
    properties = "".join(f"    {prop.usage or prop.name}\n" for prop in plugin.properties)
    last = plugin.usage[-1] + (f" {{\n{properties}}}" if properties and not plugin.usage[-1].endswith("}") else "")
    return "".join(f"{line}\n" for line in (*plugin.usage[:-1], last))


def _left_out(plugin: Plugin[Config]) -> str:
    """What the arguments of the directive's own line are where they are not written."""
    sentences = [_in_full(plugin.name, plugin.short)] if plugin.short else []
    if any("[ZONES...]" in usage for usage in plugin.usage):
        sentences.append("Without ZONES it is for those of the server block.")
    return "\n".join(sentences)


def _property(prop: Property[Config]) -> str:
    parts = [f"- `{prop.usage or prop.name}`: {_sentence(prop.doc)}{_default(prop)}"]
    if prop.short:
        parts.append(_in_full(prop.name, prop.short))
    return " ".join(parts) + _releases(prop.since, prop.until)


def _default(prop: Property[Config]) -> str:
    """The default as it is written, or else in words; nothing for a name that alone changes nothing."""
    if prop.default is None:
        return f" Default: {prop.absent}." if prop.absent else ""
    beside = "".join(f"; with `{line.split()[0]}`: {_code(value)}" for line, value in prop.beside.items())
    return f" Default: {_code(prop.default)}{beside}." if prop.default else ""


def _code(text: str) -> str:
    """A piece of a Corefile: two marks where it has one of its own."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _in_full(name: str, short: Mapping[str, str]) -> str:
    """What is meant where arguments are left out."""
    pairs = ((f"{name} {left}".rstrip(), f"{name} {full}") for left, full in short.items())
    return f"{'; '.join(f'{_code(left)} is {_code(full)}' for left, full in pairs)}."


def _releases(since: str, until: str, first: str = "") -> str:
    began = f" Since CoreDNS {since}." if since and since != first else ""
    return began + (f" Until CoreDNS {until}." if until else "")


def _place(name: str) -> str:
    at = POSITION.get(name)
    if at is None:
        where = position(name)
        neighbours = ORDER[max(0, int(where)) : int(where) + 2]
        return f"Between `{'` and `'.join(neighbours)}`." if len(neighbours) == 2 else "Last of all."
    before = f"after `{ORDER[at - 1]}`" if at else "first of all"
    behind = f"before `{ORDER[at + 1]}`" if at + 1 < len(ORDER) else "last of all"
    sentence = f"{before}, {behind}: number {at + 1} of {len(ORDER)}."
    return f"{sentence[0].upper()}{sentence[1:]} The order of the lines in a Corefile does not change that."


def _example(example: Example) -> str:
    return f"{_sentence(example.title).rstrip('.')}:\n\n```corefile\n{example.corefile.strip()}\n```"


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith((".", "!", "?")) else ".")
