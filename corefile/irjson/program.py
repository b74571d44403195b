"""A program as plain JSON: what `corefile ir` prints. Its schema is `docs/ir.schema.json`.

Nothing here knows a plugin: a config becomes an object by its annotations. Lengths of time are written as Go does
(`1m30s`), bytes in hexadecimal, secrets are redacted, those in URLs too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from corefile.ir.program import Block, Key, Listener, PluginUse, Program
from corefile.ir.source import Span
from corefile.ir.url_secrets import without_url_secrets
from corefile.ir.values import Duration, Secret
from corefile.irjson.records import TAG, is_record, members, tag

VERSION = 1
"""The version of the format. It changes when what was there is no longer there or means something else."""

REDACTED = "redacted"

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def program_to_json(program: Program, *, spans: bool = False) -> dict[str, Json]:
    """The whole program; with `spans` also where everything stands."""
    blocks: list[Json] = [_block(block, spans) for block in program.blocks]
    listeners: list[Json] = [_listener(listener) for listener in program.listeners]
    return {"version": VERSION, "listeners": listeners, "blocks": blocks}


def _listener(listener: Listener) -> Json:
    return {
        "transport": listener.transport,
        "address": listener.address,
        "port": listener.port,
        "routes": [{"zone": zone, "block": block} for zone, block in listener.routes],
    }


def _block(block: Block, spans: bool) -> Json:
    found: dict[str, Json] = {
        "keys": [_key(key, spans) for key in block.keys],
        "addresses": list(block.addresses),
        "plugins": [_plugin(use, spans) for use in block.plugins],
    }
    if spans:
        found["span"] = _span(block.span)
    return found


def _key(key: Key, spans: bool) -> Json:
    found: dict[str, Json] = {"transport": key.transport, "zone": key.zone, "port": key.port}
    if spans:
        found["span"] = _span(key.word.span if key.word is not None else None)
    return found


def _plugin(use: PluginUse, spans: bool) -> Json:
    found: dict[str, Json] = {"name": use.name, "configs": [value_to_json(config) for config in use.configs]}
    if spans:
        found["span"] = _span(use.span)
        found["marks"] = [
            {"use": number, "property": name, "span": _span(use.words[at].span)} for number, name, at in use.marks
        ]
    return found


def _span(span: Span | None) -> Json:
    if span is None:
        return None
    found: dict[str, Json] = {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
    if span.imports:
        found["imports"] = [{"path": site.path, "line": site.line, "column": site.column} for site in span.imports]
    return found


def value_to_json(value: Any, tagged: bool = False) -> Json:
    """A value of a config. A `tagged` record says in `type` which one of several it is."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Secret):
        return REDACTED if len(value) else ""
    if isinstance(value, Duration):
        return str(value)
    if isinstance(value, str):
        return without_url_secrets(str(value))
    if isinstance(value, int | float):
        return value if isinstance(value, float) else int(value)
    if isinstance(value, bytes):
        return value.hex()
    record: type = value.__class__
    if is_record(record):
        found: dict[str, Json] = {TAG: tag(record)} if tagged else {}
        for member in members(record):
            found[member.name] = value_to_json(getattr(value, member.name), member.tagged)
        return found
    return _collection(value, tagged)


def _collection(value: Any, tagged: bool) -> Json:
    found: type = value.__class__
    if issubclass(found, Mapping):
        return {name: value_to_json(entry, tagged) for name, entry in value.items()}
    if issubclass(found, tuple):
        return [value_to_json(entry, tagged) for entry in value]
    if issubclass(found, frozenset):
        return [value_to_json(entry, tagged) for entry in sorted(value)]
    raise TypeError(f"{found.__name__} has no form in JSON")
