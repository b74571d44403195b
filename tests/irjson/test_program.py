"""Programs as JSON: what `corefile ir` prints, and that its schema describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import jsonschema
import pytest

from corefile.compiler import Options, compile_corefile
from corefile.ir.program import Config
from corefile.ir.values import Duration, FilePath, Secret, Size, Zone
from corefile.irjson.program import program_to_json, value_to_json
from corefile.irjson.records import alternatives, members, tag
from corefile.irjson.schema import Schema, Writer, schema
from corefile.plugins.order import ORDER
from corefile.plugins.spec import load

FIXTURES = Path(__file__).parent.parent / "fixtures" / "plugins"
SCHEMA = schema()
VALIDATOR: Any = jsonschema.Draft202012Validator(SCHEMA)


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: float = 0.5


ORIGIN = Point(0)
KEY, NO_KEY = Secret("hunter2"), Secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape(Config):
    """One of several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundShape(Shape):
    """A circle."""

    centre: Point = ORIGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Polygon(Shape):
    """With corners, and perhaps shapes inside."""

    corners: tuple[Point, ...] = ()
    inside: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything(Config):
    """All that a config may hold."""

    flag: bool = True
    ttl: Duration = Duration.of(90)
    size: Size = Size(512)
    zone: Zone = Zone("example.org.")
    key: Secret = KEY
    no_key: Secret = NO_KEY
    policy: Literal["random", "sequential"] = "random"
    path: FilePath | None = None
    ratio: float = 0.25
    data: bytes = b"\x00\xff"
    pair: tuple[int, str] = (1, "a")
    names: frozenset[str] = frozenset({"b", "a"})
    labels: Mapping[str, Point] = field(default_factory=dict[str, Point])
    point: Point = ORIGIN
    shape: Shape = RoundShape()
    shapes: tuple[Shape, ...] = (Polygon(corners=(Point(1, 2.0),), inside=(RoundShape(),)),)
    either: Point | Polygon | str = "neither"


def test_values() -> None:
    value = Everything(labels={"a": Point(3)}, either=Point(2))
    assert value_to_json(value) == {
        "flag": True,
        "ttl": "1m30s",
        "size": 512,
        "zone": "example.org.",
        "key": "redacted",
        "no_key": "",
        "policy": "random",
        "path": None,
        "ratio": 0.25,
        "data": "00ff",
        "pair": [1, "a"],
        "names": ["a", "b"],
        "labels": {"a": {"x": 3, "y": 0.5}},
        "point": {"x": 0, "y": 0.5},
        "shape": {"type": "round_shape", "centre": {"x": 0, "y": 0.5}},
        "shapes": [
            {
                "type": "polygon",
                "corners": [{"x": 1, "y": 2.0}],
                "inside": [{"type": "round_shape", "centre": {"x": 0, "y": 0.5}}],
            }
        ],
        "either": {"type": "point", "x": 2, "y": 0.5},
    }


def test_the_schema_of_all_that_a_config_may_hold() -> None:
    writer = Writer()
    found: Schema = {**writer.of(Everything), "$defs": writer.definitions}
    for value in (Everything(), Everything(labels={"a": Point(3)}, either=Polygon(), path=FilePath("x"))):
        jsonschema.validate(value_to_json(value), found)
    wrong: Any = value_to_json(Everything())
    mistakes: dict[str, object] = {
        "policy": "none",
        "ttl": 5,
        "flag": "yes",
        "shape": {"type": "square"},
        "pair": [1],
        "key": "hunter2",
    }
    for name, other in mistakes.items():
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**wrong, name: other}, found)


def test_what_has_no_form() -> None:
    with pytest.raises(TypeError, match="object has no form in JSON"):
        value_to_json(object())
    with pytest.raises(TypeError, match="has no JSON Schema"):
        Writer().of(complex)


def test_kinds_of_a_record() -> None:
    assert alternatives(Shape) == (RoundShape, Polygon)
    assert alternatives(int | None) == (int, type(None))
    assert tag(RoundShape) == "round_shape"


@pytest.mark.parametrize("name", ORDER)
def test_a_config_that_is_tagged_has_no_other_type(name: str) -> None:
    pending: list[type] = [type(load(name).config())]
    seen: set[type] = set()
    while pending:
        record = pending.pop()
        for member in members(record) if record not in seen else ():
            if member.tagged:
                assert all("type" not in [inner.name for inner in members(choice)] for choice in member.choices)
            pending += member.choices
        seen.add(record)


def test_the_schema_is_one() -> None:
    VALIDATOR.check_schema(SCHEMA)


def fixtures() -> list[Path]:
    return [path for path in sorted(FIXTURES.glob("*/*.corefile")) if "reject" not in path.name]


@pytest.mark.parametrize("path", fixtures(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_programs_fit_the_schema(path: Path) -> None:
    found = compile_corefile(path.read_bytes(), "Corefile", Options(extensions=True))
    for spans in (False, True):
        document = program_to_json(found.program, spans=spans)
        assert json.loads(json.dumps(document)) == document
        VALIDATOR.validate(document)


def test_listeners_and_blocks() -> None:
    text = "example.org, 10.0.0.0/23 tls://. {\n bind 127.0.0.1 ::1\n whoami\n}\nunix://a {\n}\n"
    document = program_to_json(compile_corefile(text).program)
    VALIDATOR.validate(document)
    assert document["version"] == 1
    routes = [{"zone": zone, "block": 0} for zone in ("example.org.", "0.0.10.in-addr.arpa.", "1.0.10.in-addr.arpa.")]
    assert document["listeners"] == [
        {"transport": "dns", "address": "127.0.0.1", "port": 53, "routes": routes},
        {"transport": "dns", "address": "::1", "port": 53, "routes": routes},
        {"transport": "tls", "address": "127.0.0.1", "port": 853, "routes": [{"zone": ".", "block": 0}]},
        {"transport": "tls", "address": "::1", "port": 853, "routes": [{"zone": ".", "block": 0}]},
    ]


def test_spans() -> None:
    files = {"/etc/coredns/a": b"cache {\n keepttl\n}\n"}
    options = Options(read_import=files.get, list_imports=lambda: list(files))
    found: Any = program_to_json(
        compile_corefile(". {\n import a\n}\n", "/etc/coredns/Corefile", options).program, spans=True
    )
    (block,) = found["blocks"]
    assert block["keys"][0]["span"]["column"] == 1
    (cache,) = block["plugins"]
    assert cache["marks"][1]["property"] == "keepttl"
    assert cache["marks"][1]["span"] == {
        "path": "/etc/coredns/a", "line": 2, "column": 2, "end_line": 2, "end_column": 9,
        "imports": [{"path": "/etc/coredns/Corefile", "line": 2, "column": 2}],
    }  # fmt: skip


def test_what_is_built_in_has_no_span() -> None:
    found: Any = program_to_json(compile_corefile("").program, spans=True)
    assert found["blocks"][0]["span"]["path"] == "built-in default"


def test_plugins_from_outside() -> None:
    options = Options(external_plugins=frozenset({"demo"}))
    document: Any = program_to_json(compile_corefile(". {\n demo a b\n}\n", "Corefile", options).program)
    VALIDATOR.validate(document)
    assert document["blocks"][0]["plugins"] == [{"name": "demo", "configs": [{"lines": ["demo a b"]}]}]


def test_secrets_are_redacted() -> None:
    text = '. {\n tsig {\n  secret key.example.org. "c2VjcmV0c2VjcmV0"\n }\n}\n'
    printed = json.dumps(program_to_json(compile_corefile(text).program, spans=True))
    assert "redacted" in printed
    assert "c2VjcmV0" not in printed
