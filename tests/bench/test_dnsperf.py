"""What dnsperf is asked and what it says."""

from pathlib import Path

import pytest

from tests.bench.cases import CASES
from tests.bench.dnsperf import Load, command, parse_output
from tests.bench.load import figures_of

OUTPUT = """\
DNS Performance Testing Tool
Version 2.10.0

[Status] Command line: dnsperf -s 127.0.0.1 -v
[Status] Sending queries (to 127.0.0.1:10001)
> NOERROR n1.example A 0.000300
> NXDOMAIN n2.example A 0.000100
> NOERROR binary input 0.000200
[Timeout] Query timed out: msg id 3
[Status] Testing complete (time limit)

Statistics:

  Queries sent:         1000
  Queries completed:    990 (99.00%)
  Queries lost:         10 (1.00%)

  Response codes:       NOERROR 980 (98.99%), NXDOMAIN 10 (1.01%)
  Average packet size:  request 30, response 46
  Run time (s):         2.500000
  Queries per second:   396.000000

  Average Latency (s):  0.000428 (min 0.000018, max 0.000650)
  Latency StdDev (s):   0.000140

"""


def test_the_statistics_are_read() -> None:
    assert parse_output(OUTPUT) == Load(
        sent=1000,
        completed=990,
        seconds=2.5,
        rate=396.0,
        average=0.000428,
        reply_octets=46,
        rcodes={"NOERROR": 980, "NXDOMAIN": 10},
        latencies=(0.0001, 0.0002, 0.0003),
    )


def test_what_did_not_start_has_done_nothing() -> None:
    assert parse_output("dnsperf: fatal: cannot open queries.txt\n") == Load()


def test_latencies_of_connections_are_not_those_of_queries() -> None:
    over_tls = OUTPUT + "Connection Statistics:\n\n  Average Latency (s):  0.007937 (min 0.007937, max 0.007937)\n"
    assert parse_output(over_tls).average == 0.000428


@pytest.mark.parametrize(("share", "latency"), [(0.0, 0.0001), (0.5, 0.0002), (0.99, 0.0003), (1.0, 0.0003)])
def test_a_share_of_the_queries_stays_below_a_latency(share: float, latency: float) -> None:
    assert parse_output(OUTPUT).latency(share) == latency


def test_figures_are_for_each_answered_query() -> None:
    figures = figures_of(parse_output(OUTPUT), "NOERROR", cpu=0.099)
    assert figures["cpu_us"] == pytest.approx(100)
    assert figures["cores"] == pytest.approx(0.0396)
    assert (figures["lost"], figures["bad"]) == (10, 10)


def test_without_answers_there_is_no_cost_of_one() -> None:
    assert "cpu_us" not in figures_of(Load(sent=10), "NOERROR", cpu=1.0)


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("cache-hit", "-c 8 -q 100"),
        ("dot", "-m dot -c 20 -q 100"),
        ("tcp", "-m tcp -c 20 -q 100"),
        ("clients-200", "-c 200 -q 200"),
        ("cookie", "-c 8 -q 100 -B"),
    ],
)
def test_a_case_says_how_it_is_asked(case: str, options: str) -> None:
    words = command(CASES[case], 10001, Path("queries.txt"), "-l", "3")
    assert " ".join(words) == f"dnsperf -s 127.0.0.1 -p 10001 -t 2 {options} -d queries.txt -l 3"
