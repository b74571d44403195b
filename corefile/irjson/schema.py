"""The JSON Schema of what `corefile ir` prints, from the annotations of all plugins' configs.

`make docs` writes it to `docs/ir.schema.json`, where a test compares it.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, cast, get_args, get_origin

from corefile.ir.program import Config
from corefile.ir.values import Duration, Secret
from corefile.irjson.program import VERSION, value_to_json
from corefile.irjson.records import TAG, alternatives, is_record, members, tag
from corefile.plugins.order import ORDER
from corefile.plugins.spec import load

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_PLAIN: dict[Any, Schema] = {
    None: {"type": "null"},
    type(None): {"type": "null"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    bytes: {"type": "string", "description": "Bytes in hexadecimal."},
}

_SPAN: Schema = {
    "description": "A place in a file: lines and columns count from 1, ends are exclusive.",
    "type": ["object", "null"],
    "properties": {
        "path": {"type": "string"},
        "line": {"type": "integer"},
        "column": {"type": "integer"},
        "end_line": {"type": "integer"},
        "end_column": {"type": "integer"},
        "imports": {"type": "array", "items": {"$ref": "#/$defs/ImportSite"}},
    },
    "required": ["path", "line", "column", "end_line", "end_column"],
    "additionalProperties": False,
}


def schema() -> Schema:
    """The whole schema."""
    writer = Writer()
    plugins = [*(writer.plugin(name) for name in ORDER), writer.external()]
    span = {"$ref": "#/$defs/Span"}
    key = _object(transport=_PLAIN[str], zone=_PLAIN[str], port=_PLAIN[int])
    key["description"] = "A zone of a server block, ranges expanded. The port is 0 for the transport 'unix'."
    key["properties"]["span"] = span
    block = _object(keys=_array(key), addresses=_array(_PLAIN[str]), plugins=_array({"oneOf": plugins}))
    block["properties"]["span"] = span
    route = _object(zone=_PLAIN[str], block={"type": "integer", "minimum": 0})
    listener = _object(transport=_PLAIN[str], address=_PLAIN[str], port={"type": "integer"}, routes=_array(route))
    top = _object(version={"const": VERSION}, listeners=_array(listener), blocks=_array(block))
    site = _object(path=_PLAIN[str], line=_PLAIN[int], column=_PLAIN[int])
    definitions = {"ImportSite": site, "Span": _SPAN, **dict(sorted(writer.definitions.items()))}
    return {
        "$schema": DIALECT,
        "title": "A Corefile as it is understood: `corefile ir`",
        "description": "Server blocks in the order of the file, their plugins in the order in which they work, and the "
        "listeners that the blocks make. 'spans' are there with --spans.",
        **top,
        "$defs": definitions,
    }


def render_schema() -> str:
    """The text of `docs/ir.schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


class Writer:
    """Collects a definition for each record and for each kind of value."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def plugin(self, name: str) -> Schema:
        """A plugin in a server block."""
        plugin = load(name)
        config = plugin.config()
        found = {"description": plugin.summary, **self._use({"const": name}, self.of(type(config)))}
        self._add_defaults(config)
        return found

    def _add_defaults(self, config: Config) -> None:
        """What each value is where the Corefile does not say it: that of a fresh config."""
        record: type = config.__class__
        values: dict[str, Schema] = self.definitions[_definition_name(record)]["properties"]
        for member in members(record):
            value: object = getattr(config, member.name)
            if not is_record(type(value)) or type(value) in member.choices:  # else it stands for one that must be there
                values[member.name]["default"] = value_to_json(value, member.tagged)

    def external(self) -> Schema:
        """A plugin from outside: only its package knows its configs, or nobody."""
        return self._use({"type": "string", "not": {"enum": list(ORDER)}}, {"type": "object"})

    def _use(self, name: Schema, configs: Schema) -> Schema:
        found = _object(name=name, configs=_array(configs))
        mark = _object(use=_PLAIN[int], property=_PLAIN[str], span={"$ref": "#/$defs/Span"})
        found["properties"] |= {"span": {"$ref": "#/$defs/Span"}, "marks": _array(mark)}
        return found

    def of(self, hint: Any, tagged: bool = False) -> Schema:
        """The schema of an annotation."""
        found = [self._one(alternative, tagged) for alternative in alternatives(hint)]
        return {"anyOf": found} if len(found) > 1 else found[0]

    def _one(self, hint: Any, tagged: bool) -> Schema:
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        if is_record(hint):
            return self._record(hint, tagged)
        if isinstance(hint, type) and issubclass(hint, str | int):
            return self._value(cast(Any, hint))
        origin: Any = get_origin(hint)
        arguments: tuple[Any, ...] = get_args(hint)
        if origin is Literal:
            return {"enum": list(arguments)}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(arguments[1], tagged)}
        if origin is tuple and arguments[-1:] != (...,):
            items = [self.of(argument, tagged) for argument in arguments]
            return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
        if origin in (tuple, frozenset):
            return _array(self.of(arguments[0], tagged))
        raise TypeError(f"{hint} has no JSON Schema")

    def _record(self, record: type, tagged: bool) -> Schema:
        name = _definition_name(record) + ("+type" if tagged else "")
        if name not in self.definitions:
            self.definitions[name] = {}  # a record may contain itself
            found = _object(**{TAG: {"const": tag(record)}}) if tagged else _object()
            for member in members(record):
                found["properties"][member.name] = self.of(member.hint, member.tagged)
                found["required"].append(member.name)
            self.definitions[name] = {"description": inspect.getdoc(record) or "", **found}
        return {"$ref": f"#/$defs/{name}"}

    def _value(self, value: Any) -> Schema:
        """A kind of value: its name says what a text or number means."""
        text = issubclass(value, str) or value is Duration
        found: Schema = {"description": inspect.getdoc(value) or "", "type": "string" if text else "integer"}
        if value is Secret:
            found = {"description": "A secret: 'redacted' where there is one.", "enum": ["", "redacted"]}
        self.definitions[value.__name__] = found
        return {"$ref": f"#/$defs/{value.__name__}"}


def _definition_name(record: type) -> str:
    """`forward.Upstream` for what stands in the plugin `forward`, so that plugins may use the same names."""
    package = record.__module__.removeprefix("corefile.").removeprefix("plugins.")
    return f"{package.split('.')[0]}.{record.__name__}"


def _object(**properties: Any) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}
