"""The linked program: what `ir` prints, `diff` compares and `run` serves.

A `Program` is the Corefile after expansion: server blocks with normalised keys, their plugins in execution order with
typed configs, and the listeners on which they answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from corefile.ir.names import split_host_port, split_transport
from corefile.ir.source import Span, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What one use of a plugin says, checked and typed; the base of every plugin's own config."""


@dataclass(frozen=True, slots=True, kw_only=True)
class External(Config):
    """A plugin that is not built in and has no spec: its lines, words joined by a blank.

    A line whose first word speaks of a password, token, key or the like is a `Secret`.
    """

    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One zone that a server block serves, as CoreDNS normalises it: `dns://example.org.:53`.

    `port` is 0 where the transport has none (`unix`), and may be out of range: the check of servers says so.
    """

    transport: str
    zone: str
    port: int
    word: Word | None = field(default=None, compare=False, repr=False)

    @property
    def port_text(self) -> str:
        """The port as CoreDNS compares and shows it: `unix` has none of its own, which is not the same as 0."""
        if self.transport == "unix" and self.word is not None:
            return split_host_port(split_transport(self.word.text)[1]).port
        return str(self.port)

    def __str__(self) -> str:
        return f"{self.transport}://{self.zone}:{self.port_text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginUse:
    """A plugin in a server block: one config for each time that the block names it, in the order of the file.

    `words` are its tokens, all uses joined, as the plugin's reader got them. `marks` has (use, property, index of the
    word) for each property that a use names; the empty property is the use itself. `faulty` are the indexes of words
    that CoreDNS refuses. `corefile.plugins.uses` reads all this with types.
    """

    name: str
    configs: tuple[Config, ...]
    words: tuple[Word, ...] = field(default=(), compare=False, repr=False)
    marks: tuple[tuple[int, str, int], ...] = field(default=(), compare=False, repr=False)
    faulty: tuple[int, ...] = field(default=(), compare=False, repr=False)

    @property
    def span(self) -> Span | None:
        """Where the plugin is named first."""
        return self.words[0].span if self.words else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A server block: its keys, the addresses it binds to (`""`: all), and its plugins in execution order."""

    keys: tuple[Key, ...]
    plugins: tuple[PluginUse, ...]
    addresses: tuple[str, ...] = ("",)
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def zones(self) -> tuple[str, ...]:
        """The names it serves: what a plugin without zones of its own takes."""
        return tuple(key.zone for key in self.keys)

    def plugin(self, name: str) -> PluginUse | None:
        """The use of one plugin, if the block has it."""
        return next((use for use in self.plugins if use.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One socket address of one transport, and which block serves which zone there.

    `routes` has (zone, index into `Program.blocks`) in the order of the file; several entries of one zone are told
    apart by `view`. The longest zone that fits wins.
    """

    transport: str
    address: str
    port: int
    routes: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.transport}://{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """All server blocks in the order of the file, and the listeners they make.

    `hash` is that of `corefile.digest`, as `coredns_reload_version_info` shows it. `warnings` are what is to be logged
    when it is taken up.
    """

    blocks: tuple[Block, ...]
    listeners: tuple[Listener, ...]
    hash: str = field(default="", compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)
