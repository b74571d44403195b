"""The same work with several processes: results in order, faults handed over, no child left behind."""

from __future__ import annotations

import io
import os
import pickle

import pytest

from corefile.inputs.parallel import WorkerLost, fork_map, serve

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.mark.parametrize("jobs", [1, 2, 3, 50])
def test_results_in_order(jobs: int) -> None:
    assert list(fork_map(lambda number: number * 2, range(20), jobs)) == [number * 2 for number in range(20)]


def test_results_that_fill_a_pipe() -> None:
    sizes = list(fork_map(lambda size: "x" * size, [1_000_000] * 6, 2))
    assert [len(text) for text in sizes] == [1_000_000] * 6


def test_what_the_work_raises() -> None:
    def work(number: int) -> float:
        return 1 / number

    with pytest.raises(ZeroDivisionError):
        list(fork_map(work, [2, 1, 0, 4], 2))


def test_a_worker_that_is_lost() -> None:
    def work(number: int) -> int:
        if number == 2:
            os.kill(os.getpid(), 9)
        return number

    with pytest.raises(WorkerLost):
        list(fork_map(work, [1, 2, 3], 3))


def test_leaving_early(monkeypatch: pytest.MonkeyPatch) -> None:
    fork, children = os.fork, list[int]()

    def noted() -> int:
        child = fork()
        children.append(child)
        return child

    monkeypatch.setattr(os, "fork", noted)
    results = fork_map(lambda number: number, range(1000), 2)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert len(children) == 2
    for child in children:
        with pytest.raises(ChildProcessError):
            os.waitpid(child, os.WNOHANG)


def test_what_a_worker_writes() -> None:
    pipe = io.BytesIO()
    serve(lambda number: 1 // number, [1, 0], pipe)
    pipe.seek(0)
    assert pickle.load(pipe) == (1, None)  # noqa: S301 - our own
    result, error = pickle.load(pipe)  # noqa: S301 - our own
    assert result is None
    assert isinstance(error, ZeroDivisionError)
