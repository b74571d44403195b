"""The values that plugins are configured with: each knows its unit and how it is written in a Corefile."""

from __future__ import annotations


class Duration(int):
    """A length of time in nanoseconds, written and printed as Go does: `1h2m3.5s`."""

    __slots__ = ()

    @classmethod
    def of(cls, seconds: float) -> Duration:
        """A duration of so many seconds."""
        return cls(round(seconds * 1_000_000_000))

    @property
    def seconds(self) -> float:
        """The same length in seconds, for clocks."""
        return self / 1_000_000_000

    def __str__(self) -> str:
        from corefile.golang.values import render_duration

        return render_duration(self)

    def __repr__(self) -> str:
        return f"Duration({self})"


class Size(int):
    """A number of bytes."""

    __slots__ = ()


class Zone(str):
    """A domain name as CoreDNS keeps it: lower case, with its final dot."""

    __slots__ = ()


NOWHERE = Zone("")
"""A zone that holds no name, not even the root: what is left when a list of zones has none that is one."""


class Network(str):
    """An address range in CIDR form, or one address."""

    __slots__ = ()


class Address(str):
    """Where something listens or is reached: `192.0.2.1:53`, `[2001:db8::1]:53`, `:9153`."""

    __slots__ = ()


class FilePath(str):
    """A path as the Corefile has it; relative ones are taken from `root`, else from the working directory."""

    __slots__ = ()


class Pattern(str):
    """A regular expression in Go's syntax (RE2), already checked."""

    __slots__ = ()


class Secret(str):
    """A key, token or password: compared, never printed."""

    __slots__ = ()

    def reveal(self) -> str:
        """The secret itself, for the one place that needs it."""
        return "".join(self)

    def __repr__(self) -> str:
        return "Secret(redacted)"

    def __format__(self, format_spec: str) -> str:
        return format("redacted", format_spec)

    def __str__(self) -> str:
        return "redacted"
