"""A plugin's page in Markdown, written from its spec: what `corefile explain` and `docs/plugins/` show."""

from __future__ import annotations

from collections.abc import Iterator

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


def _property(prop: Property[Config]) -> str:
    default = f" Default: {prop.default}." if prop.default else ""
    return f"- `{prop.usage or prop.name}`: {_sentence(prop.doc)}{default}{_releases(prop.since, prop.until)}"


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
