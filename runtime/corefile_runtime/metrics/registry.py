"""Counters, gauges and histograms as plain numbers, and their text form for Prometheus.

A cell is fetched once, when a chain is built, and then only added to. The registry lives as long as the process:
counters survive a reload.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Generic, Literal, Protocol, TypeVar

Kind = Literal["counter", "gauge", "histogram"]


class Cell:
    """One time series of a counter or gauge."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: float = 0

    def add(self, amount: float = 1) -> None:
        """Count."""
        self.value += amount


class Buckets:
    """One histogram: how many observations fell between the bounds, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total: float = 0

    def observe(self, value: float, times: int = 1) -> None:
        """Count an observation, several times if it was made several times."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.total += value * times


C = TypeVar("C", Cell, Buckets)


class Add(Protocol):
    """Adds to a series: once, or more."""

    def __call__(self, amount: float = 1, /) -> None: ...


class Family(Generic[C]):
    """All series of one metric, by the values of its labels.

    `adds` says what several processes make of it: the sum, or the largest, which is what all say of one configuration.
    """

    def __init__(
        self, kind: Kind, name: str, text: str, labels: tuple[str, ...], make: Callable[[], C], *, adds: bool = True
    ) -> None:
        self.adds = adds
        self.kind = kind
        self.name = name
        self.text = text
        self.labels = labels
        self._make: Callable[[], C] = make
        self.cells: dict[tuple[str, ...], C] = {}

    def cell(self, *values: str) -> C:
        """The series with these label values; it is made, with the value 0, when it is asked for first."""
        found = self.cells.get(values)
        if found is None:
            found = self.cells[values] = self._make()
        return found

    def clear(self) -> None:
        """Forget all series."""
        self.cells.clear()


class Counter(Family[Cell]):
    """The series of a counter or gauge."""

    def on_use(self, *values: str) -> Add:
        """Adds to a series that appears only when it is added to, as CoreDNS's do."""
        held: Cell | None = None

        def add(amount: float = 1, /) -> None:
            nonlocal held
            if held is None:
                held = self.cell(*values)
            held.value += amount

        return add


def exponential(start: float, factor: float, count: int) -> tuple[float, ...]:
    """Bounds that grow by a factor, as Prometheus's libraries make them."""
    return tuple(start * factor**power for power in range(count))


TIME_BUCKETS = exponential(0.00025, 2, 16)
SLIM_TIME_BUCKETS = exponential(0.00025, 10, 5)
SIZE_BUCKETS = (0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3)


class Registry:
    """All metrics of the process. `flush` functions bring deferred counts up to date before a reading."""

    def __init__(self) -> None:
        self._cells: dict[str, Counter] = {}
        self._buckets: dict[str, Family[Buckets]] = {}
        self.flushes: list[Callable[[], object]] = []

    def counter(self, name: str, text: str, *labels: str) -> Counter:
        """The counter of this name."""
        return self._family("counter", name, text, labels, adds=True)

    def gauge(self, name: str, text: str, *labels: str, adds: bool = False) -> Counter:
        """The gauge of this name; one that tells how much a process holds `adds` up over several."""
        return self._family("gauge", name, text, labels, adds=adds)

    def histogram(self, name: str, text: str, bounds: Sequence[float], *labels: str) -> Family[Buckets]:
        """The histogram of this name."""
        found = self._buckets.get(name)
        if found is None:
            found = self._buckets[name] = Family("histogram", name, text, labels, lambda: Buckets(bounds))
        return found

    def _family(self, kind: Kind, name: str, text: str, labels: tuple[str, ...], *, adds: bool) -> Counter:
        found = self._cells.get(name)
        if found is None:
            found = self._cells[name] = Counter(kind, name, text, labels, Cell, adds=adds)
        return found

    def families(self) -> list[Counter | Family[Buckets]]:
        """All metrics, counts up to date."""
        for flush in self.flushes:
            flush()
        return [*self._cells.values(), *self._buckets.values()]

    def render(self) -> str:
        """Everything in Prometheus's text format, sorted by name; families without series are left out."""
        for flush in self.flushes:
            flush()
        texts = {name: _render_family(family) for name, family in self._cells.items() if family.cells}
        texts |= {name: _render_family(family) for name, family in self._buckets.items() if family.cells}
        return "".join(texts[name] for name in sorted(texts))


def _render_family(family: Family[Cell] | Family[Buckets]) -> str:
    out = [f"# HELP {family.name} {family.text}", f"# TYPE {family.name} {family.kind}"]
    cells: dict[tuple[str, ...], Cell] | dict[tuple[str, ...], Buckets] = family.cells
    for values in sorted(cells):
        out += _render_series(family.name, dict(zip(family.labels, values, strict=True)), cells[values])
    return "\n".join(out) + "\n"


def _render_series(name: str, labels: dict[str, str], cell: Cell | Buckets) -> list[str]:
    if isinstance(cell, Cell):
        return [f"{name}{_render_labels(labels)} {render_number(cell.value)}"]
    out: list[str] = []
    seen = 0
    for bound, count in zip((*cell.bounds, None), cell.counts, strict=True):
        seen += count
        le = "+Inf" if bound is None else render_number(bound)
        out.append(f"{name}_bucket{_render_labels({**labels, 'le': le})} {seen}")
    out.append(f"{name}_sum{_render_labels(labels)} {render_number(cell.total)}")
    out.append(f"{name}_count{_render_labels(labels)} {seen}")
    return out


def _render_labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    # Sorted by name, the bucket's bound last, as Go's library does.
    names = sorted(name for name in labels if name != "le") + (["le"] if "le" in labels else [])
    return "{" + ",".join(f'{name}="{_escape(labels[name])}"' for name in names) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def render_number(value: float) -> str:
    """A number as Go writes it: no fraction without need, exponents of at least two digits."""
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    mantissa, mark, exponent = repr(value).partition("e")
    return f"{mantissa}e{int(exponent):+03d}" if mark else mantissa
