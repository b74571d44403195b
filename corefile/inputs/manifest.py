"""Corefiles in the ConfigMaps of a Kubernetes manifest, in YAML or JSON, any number of documents.

The manifest is read as events, so nesting costs no stack, and every scalar knows where it stands.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, TypeAlias

from corefile.inputs.embedded import Embedded, Run, embed
from corefile.ir.source import Source

MOUNT = "/etc/coredns"
"""Where the ConfigMap is taken to be mounted."""

CUSTOM = posixpath.join(MOUNT, "custom")
"""Where `NAME-custom` is mounted, as AKS does."""

COREFILE_KEYS = ("Corefile", "Corefile.*", "*.Corefile", "*.corefile")
SERVERS, OVERRIDES = "*.server", "*.override"
"""Keys of fragments, which a Corefile elsewhere imports: whole server blocks, and directives inside its block."""
DEPTH = 200
"""Levels of nesting that a manifest may have."""


class ManifestFault(Exception):
    """A manifest that cannot be understood, and where: an offset in its text."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Scalar(NamedTuple):
    """A scalar and where it is written; `style` is PyYAML's."""

    value: str
    start: int
    end: int
    style: str | None


Node: TypeAlias = "Scalar | dict[str, Node] | list[Node]"


class ConfigMap(NamedTuple):
    """A ConfigMap: its place in the cluster and its texts by key."""

    namespace: str
    name: str
    data: dict[str, Scalar]


class Found(NamedTuple):
    """A Corefile in a manifest: `namespace/name:key`, its text, and what is mounted beside it, by absolute path."""

    name: str
    source: Source
    mounted: dict[str, Source]


def is_manifest(path: str, data: bytes) -> bool:
    """Whether a file is a manifest: by its name, else by the two words with which all of them begin."""
    if path.endswith((".yaml", ".yml", ".json")):
        return True
    if b"apiVersion" not in data or b"kind" not in data:
        return False
    return bool(re.search(rb"""(?m)^[\s{\["'-]*apiVersion["']?[ \t]*:""", data))


def corefiles(host: Source) -> list[Found]:
    """All Corefiles of a manifest. Raises `ManifestFault`."""
    seen: set[int] = set()
    documents = list(_documents(host))
    maps = [found for document in documents for found in _config_maps(document, seen)]
    mains = [bool(_keys(config_map, *COREFILE_KEYS)) for config_map in maps]
    # A manifest may have any number of ConfigMaps: each finds those beside it by their names.
    named: dict[tuple[str, str], list[int]] = {}
    for number, config_map in enumerate(maps):
        named.setdefault((config_map.namespace, config_map.name), []).append(number)
    mounted = [_beside(config_map, named) if is_main else [] for config_map, is_main in zip(maps, mains, strict=True)]
    taken = {number for numbers in mounted for number in numbers}
    found: list[Found] = []
    for number, config_map in enumerate(maps):
        if mains[number]:
            found += _corefiles_of(config_map, [maps[other] for other in mounted[number]], host)
        elif "coredns" in config_map.name and number not in taken:
            found += _fragments_of(config_map, host)
    return found


def _keys(config_map: ConfigMap, *patterns: str) -> list[str]:
    return [key for key in config_map.data if any(fnmatchcase(key, pattern) for pattern in patterns)]


def _beside(main: ConfigMap, named: dict[tuple[str, str], list[int]]) -> list[int]:
    """The numbers of the ConfigMaps that are mounted beside one with a Corefile, in the order of the manifest."""
    names = {"coredns-custom", f"{main.name}-custom"}
    return sorted(number for name in names for number in named.get((main.namespace, name), ()))


def _place(config_map: ConfigMap) -> str:
    return f"{config_map.namespace}/{config_map.name}" if config_map.namespace else config_map.name


def _corefiles_of(config_map: ConfigMap, beside: list[ConfigMap], host: Source) -> Iterator[Found]:
    mounted = _mount(config_map, MOUNT, host)
    for other in beside:
        mounted |= _mount(other, CUSTOM, host)
    for key in _keys(config_map, *COREFILE_KEYS):
        source = _source(config_map.data[key], posixpath.join(MOUNT, key), host, main=True)
        yield Found(f"{_place(config_map)}:{key}", source, mounted)


def _fragments_of(config_map: ConfigMap, host: Source) -> Iterator[Found]:
    """Fragments without their Corefile, in one as AKS has it; a line of it stands where its fragment begins."""
    servers, overrides = sorted(_keys(config_map, SERVERS)), sorted(_keys(config_map, OVERRIDES))
    lines = [(f"    import custom/{key}\n", key) for key in overrides]
    if lines:
        lines = [(".:53 {\n", overrides[0]), *lines, ("}\n", overrides[-1])]
    lines += [(f"import custom/{key}\n", key) for key in servers]
    if not lines:
        return
    text, runs = "", list[Run]()
    for line, key in lines:
        runs.append(Run(len(text), config_map.data[key].start, 2))
        text += line
    source = Embedded(host, text, runs, base=posixpath.join(MOUNT, "Corefile"))
    yield Found(f"{_place(config_map)}:{SERVERS}, {OVERRIDES}", source, _mount(config_map, CUSTOM, host))


def _mount(config_map: ConfigMap, folder: str, host: Source) -> dict[str, Source]:
    paths = {posixpath.join(folder, key): text for key, text in config_map.data.items()}
    return {path: _source(text, path, host) for path, text in paths.items()}


def _source(text: Scalar, path: str, host: Source, *, main: bool = False) -> Source:
    runs = embed(host, text.value, text.start, text.end, text.style)
    return Embedded(host, text.value, runs, base=path, file="" if main else path)


def _config_maps(node: Node, seen: set[int]) -> Iterator[ConfigMap]:
    """The ConfigMaps of a document: itself, or the items of a list, each once, however often an alias names it."""
    if id(node) in seen or isinstance(node, Scalar):
        return
    seen.add(id(node))
    if isinstance(node, list):
        for item in node:
            yield from _config_maps(item, seen)
    elif _text(node.get("kind")) == "ConfigMap":
        yield _config_map(node)
    elif _text(node.get("kind")).endswith("List") and "items" in node:
        yield from _config_maps(node["items"], seen)


def _config_map(node: dict[str, Node]) -> ConfigMap:
    metadata, data = node.get("metadata"), node.get("data")
    labels = metadata if isinstance(metadata, dict) else {}
    texts = data if isinstance(data, dict) else {}
    return ConfigMap(
        _text(labels.get("namespace")),
        _text(labels.get("name")),
        {key: text for key, text in texts.items() if isinstance(text, Scalar)},
    )


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, Scalar) else ""


def _documents(host: Source) -> Iterator[Node]:
    """The documents of a text as plain mappings, lists and scalars."""
    import yaml

    # libyaml's bindings are a hundred times faster; the events are the same.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from _Builder().documents(yaml.parse(host.text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        if "nesting" in (error.problem or ""):
            # libyaml reads ahead, and newer ones refuse on the way what is nested too deeply, without its first place.
            for _ in _Builder().documents(yaml.parse(host.text, Loader=yaml.SafeLoader)):
                pass
        mark = error.problem_mark or error.context_mark
        raise ManifestFault(error.problem or "not valid YAML", mark.index if mark else 0) from None
    except yaml.reader.ReaderError as error:
        raise ManifestFault(f"not valid YAML: {error.reason}", max(error.position, 0)) from None


class _Builder:
    """Makes nodes of events; the stack is a list."""

    def __init__(self) -> None:
        self._stack: list[Node] = []
        self._keys: list[str | None] = []
        self._anchors: list[str | None] = []
        self._anchored: dict[str, Node] = {}

    def documents(self, events: Any) -> Iterator[Node]:
        for event in events:
            kind = type(event).__name__
            done: Node | None = None
            if kind == "ScalarEvent":
                done = Scalar(event.value, event.start_mark.index, event.end_mark.index, event.style)
                self._remember(event.anchor, done)
            elif kind == "AliasEvent":
                done = self._anchored.get(event.anchor, Scalar("", event.start_mark.index, event.end_mark.index, None))
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                self._open({} if kind == "MappingStartEvent" else [], event)
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                done = self._stack.pop()
                self._keys.pop()
                self._remember(self._anchors.pop(), done)
            if done is not None and (done := self._put(done)) is not None:
                yield done

    def _open(self, node: Node, event: Any) -> None:
        if len(self._stack) >= DEPTH:
            raise ManifestFault(f"nested deeper than {DEPTH} levels", event.start_mark.index)
        self._stack.append(node)
        self._keys.append(None)
        self._anchors.append(event.anchor)

    def _remember(self, anchor: str | None, node: Node) -> None:
        if anchor:
            self._anchored[anchor] = node

    def _put(self, node: Node) -> Node | None:
        """Put a finished node into the one around it; a document is returned."""
        if not self._stack:
            return node
        parent = self._stack[-1]
        if isinstance(parent, list):
            parent.append(node)
        elif isinstance(parent, dict):
            key = self._keys[-1]
            if key is None:
                self._keys[-1] = node.value if isinstance(node, Scalar) else ""
            else:
                parent[key] = node
                self._keys[-1] = None
        return None
