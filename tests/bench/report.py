"""Tables in Markdown: all figures, and ratios between servers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tests.bench.results import Row

COLUMNS = (
    "cpu_us", "light_cpu_us", "qps", "cores", "lost", "bad", "avg_us", "p50_us", "p99_us", "first_answer_ms",
    "reload_ms", "wall_ms", "cpu_ms", "lost_meanwhile", "idle_mb", "peak_mb", "end_mb",
    "descriptors", "threads", "failed", "replayed", "stale",
    "longest_ms", "udp_ms", "tcp_ms", "health_ms", "round_cpu_ms", "messages", "others", "steal",
)  # fmt: skip
COMPARED = ("cpu_us", "first_answer_ms", "reload_ms")
WHAT = {"cpu_us": "CPU µs for a query", "first_answer_ms": "ms to the first answer", "reload_ms": "ms for a reload"}


def render_figures(rows: Sequence[Row]) -> str:
    """A line for each case and server, and the columns of which there is a figure."""
    shown = [column for column in COLUMNS if any(column in row.figures for row in rows)]
    noted = ["note"] if any(row.note for row in rows) else []
    lines = [
        [
            row.case,
            row.server,
            str(row.rounds),
            *(_cell(row, column) for column in shown),
            *([row.note] if noted else []),
        ]
        for row in rows
    ]
    return _table(["case", "server", "rounds", *shown, *noted], lines)


def render_ratios(rows: Sequence[Row]) -> str:
    """For each figure that is compared: the first server by each other one, where both have it."""
    servers = list(dict.fromkeys(row.server for row in rows))
    parts = [_ratios(rows, servers, figure) for figure in COMPARED]
    return "\n\n".join(part for part in parts if part)


def _ratios(rows: Sequence[Row], servers: Sequence[str], figure: str) -> str:
    first, *others = servers
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.rounds and figure in row.figures:
            found.setdefault(row.case, {})[row.server] = row.figures[figure]
    pairs = [other for other in others if any({first, other} <= values.keys() for values in found.values())]
    if not pairs:
        return ""
    head = [WHAT[figure], *servers, *(f"{first} / {other}" for other in pairs)]
    lines = [
        [case, *(_number(values.get(server)) for server in servers), *(ratio(values, first, other) for other in pairs)]
        for case, values in found.items()
    ]
    return _table(head, lines)


def ratio(values: Mapping[str, float], one: str, other: str) -> str:
    """How much the first costs of what the other does; nothing where one of them was not measured."""
    if one not in values or not values.get(other):
        return ""
    return f"{values[one] / values[other]:.2f}"


def _cell(row: Row, column: str) -> str:
    text = _number(row.figures.get(column))
    least, most = row.ranges.get(column, (0.0, 0.0))
    return f"{text} ({_number(least)}-{_number(most)})" if row.rounds > 1 and most else text


def _number(value: float | None) -> str:
    """Three digits, or all before the point."""
    if value is None:
        return ""
    if value == int(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"


def _table(head: Iterable[str], lines: Iterable[Sequence[str]]) -> str:
    """Cells are on one line each, whatever a server wrote into its log."""
    whole = [list(head), *([" ".join(cell.split()).replace("|", "\\|") for cell in line] for line in lines)]
    widths = [max(len(line[place]) for line in whole) for place in range(len(whole[0]))]
    rendered = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in whole]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join((rendered[0], rule, *rendered[1:]))
