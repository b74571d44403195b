"""Medians, ratios and tables, and the file of results."""

from pathlib import Path

import pytest

from tests.bench.report import render_figures, render_ratios
from tests.bench.results import Run, medians, pool, read_results, write_results

GOOD = {"sent": 100.0, "done": 100.0, "lost": 0.0, "bad": 0.0}


def run(server: str, cpu: float, turn: int = 0, *, case: str = "cache-hit", note: str = "", **figures: float) -> Run:
    return Run(case=case, server=server, round=turn, figures=GOOD | {"cpu_us": cpu} | figures, note=note)


def test_the_ratio_is_of_medians_of_the_first_server_to_the_others() -> None:
    runs = [run("corefile", 4.0), run("coredns", 12.0), run("corefile", 3.0), run("coredns", 11.0)]
    runs += [run("corefile", 9.0), run("coredns", 10.0), run("unbound", 2.0)]
    assert render_ratios(medians(runs)).splitlines() == [
        "| CPU µs for a query | corefile | coredns | unbound | corefile / coredns | corefile / unbound |",
        "|--------------------|----------|---------|---------|--------------------|--------------------|",
        "| cache-hit          | 4        | 11      | 2       | 0.36               | 2.00               |",
    ]


def test_a_server_alone_has_no_ratio() -> None:
    assert render_ratios(medians([run("corefile", 4.0)])) == ""


def test_where_one_server_has_no_good_run_there_is_no_ratio() -> None:
    runs = [
        run("corefile", 4.0),
        run("coredns", 1.0, bad=50.0),
        run("corefile", 4.0, case="tcp"),
        run("coredns", 8.0, case="tcp"),
    ]
    assert [line.split("|")[1:5] for line in render_ratios(medians(runs)).splitlines()[2:]] == [
        [" cache-hit          ", " 4        ", "         ", "                    "],
        [" tcp                ", " 4        ", " 8       ", " 0.50               "],
    ]


@pytest.mark.parametrize(
    "spoiled", [run("corefile", 1.0, bad=1), run("corefile", 1.0, lost=2), run("corefile", 1.0, done=0)]
)
def test_a_run_with_wrong_or_lost_answers_is_left_out(spoiled: Run) -> None:
    (row,) = medians([run("corefile", 4.0), spoiled])
    assert (row.figures["cpu_us"], row.rounds, row.note) == (4.0, 1, "1 of 2 void")


def test_a_server_that_did_not_answer_says_why() -> None:
    rows = medians([run("corefile", 4.0), Run(case="cache-hit", server="coredns", note="no answer: port\n| in use")])
    assert rows[1].rounds == 0
    assert render_figures(rows).splitlines()[3] == (
        "| cache-hit | coredns  | 0      |        |      |     | no answer: port \\| in use; 1 of 1 void |"
    )


def test_several_rounds_show_their_range() -> None:
    rows = medians([run("corefile", 4.0), run("corefile", 5.25), run("corefile", 4.5)])
    assert "| 4.50 (4-5.25) |" in render_figures(rows)


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    runs = [run("corefile", 4.0, note="warm"), run("coredns", 12.0, 1)]
    write_results(tmp_path / "results.json", runs)
    assert read_results(tmp_path / "results.json") == runs


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"runs": [{"other": 1}]}', '{"runs": 3}'])
def test_what_is_no_file_of_results_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(ValueError, match=r"results|Expecting"):
        read_results(tmp_path / "results.json")


def test_pooling_leaves_out_void_and_noisy_runs() -> None:
    quiet, noisy, void = run("a", 1.0, others=0.1), run("a", 2.0, others=0.5), run("a", 3.0, lost=50.0)
    assert pool([[quiet, noisy], [void, quiet]], most_noise=0.3) == [quiet, quiet]
