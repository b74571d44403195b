"""Metrics as text."""

import pytest
from corefile_runtime.metrics.registry import SIZE_BUCKETS, TIME_BUCKETS, Registry, render_number


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (3.0, "3"), (0.00025, "0.00025"), (5e-05, "5e-05"), (64e3, "64000"), (8.192, "8.192"), (1e22, "1e+22")],
)
def test_numbers_are_written_as_go_does(value: float, text: str) -> None:
    assert render_number(value) == text


def test_text() -> None:
    metrics = Registry()
    metrics.counter("b_total", "Counts.", "zone", "name").cell("z", 'a"b').add(2)
    metrics.gauge("unused", "Nothing.", "x")
    sizes = metrics.histogram("a_bytes", "Sizes.", (0, 100), "proto").cell("udp")
    for size in (0, 100, 101):
        sizes.observe(size)
    assert metrics.render().splitlines() == [
        "# HELP a_bytes Sizes.",
        "# TYPE a_bytes histogram",
        'a_bytes_bucket{proto="udp",le="0"} 1',
        'a_bytes_bucket{proto="udp",le="100"} 2',
        'a_bytes_bucket{proto="udp",le="+Inf"} 3',
        'a_bytes_sum{proto="udp"} 201',
        'a_bytes_count{proto="udp"} 3',
        "# HELP b_total Counts.",
        "# TYPE b_total counter",
        'b_total{name="a\\"b",zone="z"} 2',
    ]


def test_bounds_are_those_of_coredns() -> None:
    assert (TIME_BUCKETS[0], TIME_BUCKETS[-1], len(TIME_BUCKETS)) == (0.00025, 8.192, 16)
    assert SIZE_BUCKETS[-1] == 64000


def test_what_is_counted_on_use_is_not_there_before() -> None:
    metrics = Registry()
    add = metrics.counter("x_total", "X.", "a").on_use("b")
    assert metrics.render() == ""
    add()
    add(2)
    assert 'x_total{a="b"} 3' in metrics.render()
