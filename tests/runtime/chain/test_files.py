"""Files that are looked at again and again."""

import os
from collections.abc import Callable, Generator
from pathlib import Path
from threading import Event

import pytest
from corefile_runtime.chain.files import WatchedFile, explain_file
from corefile_runtime.events.event_loop import Loop
from corefile_runtime.events.threads import Threads


class Seen:
    """What came of looks at a file: the texts that were applied, what failed, and how many looks have ended."""

    def __init__(self) -> None:
        self.applied: list[str] = []
        self.times: list[float] = []
        self.failed: list[str] = []
        self.done: list[str] = []

    def apply(self, text: str, modified: float) -> None:
        self.applied.append(text)
        self.times.append(modified)


def parse(data: bytes) -> str:
    """Of what is read, only `good` files are any good."""
    text = data.decode()
    if not text.startswith("good"):
        raise ValueError(f"line 1: '{text}'")
    return text


def write(path: Path, text: str, modified: int) -> None:
    """Another content, with a time of its own."""
    path.write_text(text)
    os.utime(path, ns=(modified, modified))


@pytest.fixture
def threads(loop: Loop) -> Generator[Threads]:
    yield (opened := Threads(loop))
    opened.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.fixture
def look(loop: Loop, threads: Threads, seen: Seen, path: Path) -> Callable[[], None]:
    """Look at the file, and wait for the end of that."""
    watched = WatchedFile(str(path), parse, seen.apply, lambda error: seen.failed.append(str(error)), threads.run)

    def look() -> None:
        before = len(seen.done)
        watched.look(lambda error: seen.done.append(str(error)))
        while len(seen.done) == before:
            loop.round()

    return look


def test_it_is_read_when_it_has_changed(look: Callable[[], None], seen: Seen, path: Path) -> None:
    write(path, "good 1", 1_500_000_000)
    look()
    look()
    write(path, "good 2", 2_500_000_000)
    look()
    assert (seen.applied, seen.times) == (["good 1", "good 2"], [1.5, 2.5])
    assert (seen.failed, seen.done) == ([], ["None"] * 3)


def test_a_bad_file_leaves_the_good_one_and_is_told_once(look: Callable[[], None], seen: Seen, path: Path) -> None:
    write(path, "good", 1)
    look()
    write(path, "bad", 2)
    look()
    look()
    assert (seen.applied, seen.failed) == (["good"], ["line 1: 'bad'"])
    write(path, "good again", 3)
    look()
    assert seen.applied == ["good", "good again"]


def test_a_file_that_is_gone_leaves_the_good_one(look: Callable[[], None], seen: Seen, path: Path) -> None:
    write(path, "good", 1)
    look()
    path.unlink()
    look()
    assert seen.applied == ["good"]
    assert len(seen.failed) == 1
    assert "No such file" in seen.failed[0]


def test_nobody_waits_for_the_writer_of_a_fifo(look: Callable[[], None], seen: Seen, path: Path) -> None:
    os.mkfifo(path)
    look()
    assert seen.failed == [f"{path} is no regular file"]


def test_a_directory_is_an_error_and_does_not_stay_open(look: Callable[[], None], seen: Seen, path: Path) -> None:
    path.mkdir()
    look()
    before = len(os.listdir("/proc/self/fd"))
    look()
    assert len(os.listdir("/proc/self/fd")) == before
    assert len(seen.failed) == 2


def test_what_the_parser_did_not_foresee_is_told_as_well(loop: Loop, threads: Threads, seen: Seen, path: Path) -> None:
    def fail(_data: bytes) -> str:
        raise RecursionError("too deep")

    write(path, "good", 1)
    WatchedFile(str(path), fail, seen.apply, lambda error: seen.failed.append(repr(error)), threads.run).look(
        lambda error: seen.done.append(repr(error))
    )
    while not seen.done:
        loop.round()
    assert seen.failed == seen.done == ["RecursionError('too deep')"]


def test_as_long_as_one_look_hangs_there_is_no_other(loop: Loop, threads: Threads, seen: Seen, path: Path) -> None:
    free, begun = Event(), list[int]()

    def hang(data: bytes) -> str:
        begun.append(1)
        free.wait(30)
        return data.decode()

    write(path, "good", 1)
    watched = WatchedFile(str(path), hang, seen.apply, lambda _error: None, threads.run)
    for _ in range(5):
        watched.look(lambda _error: seen.done.append(""))
    free.set()
    while not seen.done:
        loop.round()
    assert (len(begun), seen.applied, len(seen.done)) == (1, ["good"], 1)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(2, "No such file or directory"), "file F cannot be read: No such file or directory"),
        (OSError("F is no regular file"), "file F cannot be read: F is no regular file"),
        (ValueError("line 3: no address"), "file F: line 3: no address"),
    ],
)
def test_what_is_wrong_is_one_line(error: Exception, text: str) -> None:
    assert explain_file("F", error) == text
