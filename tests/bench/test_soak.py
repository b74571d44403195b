"""What runs long in the bench, for a moment: that it measures, and that nothing is stale or lost."""

from tests.bench.letters import NAMES, measure_letters
from tests.bench.streaming import EACH, measure_stream


def test_names_in_random_letters_get_no_stale_answer() -> None:
    runs = list(measure_letters(3 * NAMES))
    assert {run.figures[figure] for run in runs for figure in ("stale", "lost")} == {0}
    (first,) = [run for run in runs if run.case.endswith("each") and run.server == f"after {3 * NAMES}"]
    assert first.figures["replayed"] > 0.6  # two of three, as each name is kept at its first use


def test_a_long_reply_is_read_to_its_end() -> None:
    runs = list(measure_stream(10 * EACH, 1))
    assert [run.figures["messages"] for run in runs] == [0, 10, 10]
