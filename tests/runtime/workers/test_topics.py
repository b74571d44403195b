"""Topics over several processes: one reads for all, and whoever dies or comes later, nothing is lost."""

import os
import signal
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

import pytest
from corefile_runtime.chain.home import Home
from corefile_runtime.chain.refusal import StartError
from corefile_runtime.chain.topics import FeedHome
from corefile_runtime.testing.plugins import Words, made_up

from tests.runtime.workers.whole import Whole, is_gone, whole

pytestmark = [
    pytest.mark.usefixtures("patient", "turns"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


class Tail:
    """A feed: the lines of a file, to which lines are appended. Each process that leads leaves its number in `led`."""

    def __init__(self, folder: Path, home: FeedHome) -> None:
        with open(folder / "led", "a", encoding="ascii") as led:
            led.write(f"{os.getpid()}\n")
        self._path = folder / "source"
        self._home = home
        self._lines = self._read()
        if self._lines:
            home.publish(list(self._lines))
        home.every(0.01, self._look)

    def _read(self) -> list[str]:
        return self._path.read_text().split("\n")[:-1] if self._path.exists() else []

    def _look(self) -> None:
        lines = self._read()
        for line in lines[len(self._lines) :]:
            self._home.publish(line)
            self._lines.append(line)

    def snapshot(self) -> object:
        return list(self._lines)

    def close(self) -> None:
        """Nothing is open."""


def prepare(configs: tuple[Words, ...], home: Home) -> None:
    """`tail FOLDER VERSION`: each process writes down what it has applied, and that it serves."""
    folder, version = Path(configs[-1].words[0]), configs[-1].words[1]
    lines: list[str] = []

    def apply(update: object) -> None:
        if isinstance(update, list):
            lines[:] = update  # pyright: ignore[reportUnknownArgumentType]
        else:
            assert isinstance(update, str)
            lines.append(update)
        write(folder / f"{version}-{os.getpid()}", "\n".join(lines))

    home.topic(str(folder), lambda feed: Tail(folder, feed), apply, seconds=0.5 if version == "late" else 60)


def write(path: Path, text: str) -> None:
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").rename(path)


@pytest.fixture(autouse=True)
def tail() -> Generator[None]:
    with made_up("tail", prepare):
        yield


class Watched:
    """A server with three workers, and the folder of its topic."""

    def __init__(self, server: Whole, folder: Path) -> None:
        self.server = server
        self._folder = folder
        self._lines = ["one"]

    def append(self, *lines: str) -> None:
        with open(self._folder / "source", "a", encoding="ascii") as source:
            source.write("".join(f"{line}\n" for line in lines))
        self._lines += lines

    def have_all(self, version: str = "1") -> Callable[[], bool]:
        """Whether all three workers serve, with all lines in their order."""
        return lambda: (
            len(self.server.pids()) == 3
            and all(self._applied(f"{version}-{pid}") == self._lines for pid in self.server.pids())
        )

    def _applied(self, name: str) -> list[str]:
        path = self._folder / name
        return path.read_text().split("\n") if path.exists() else []

    @property
    def leaders(self) -> list[int]:
        return [int(line) for line in (self._folder / "led").read_text().split()]


def config(folder: Path, version: str = "1") -> str:
    return f".:0 {{\n bind 127.0.0.1\n prometheus 127.0.0.1:0\n tail {folder} {version}\n whoami\n}}\n"


@pytest.fixture
def watched(tmp_path: Path) -> Generator[Watched]:
    (tmp_path / "source").write_text("one\n")
    with whole(config(tmp_path), workers=3) as server:
        yield Watched(server, tmp_path)


def test_one_reads_for_all_before_they_serve(watched: Watched) -> None:
    assert watched.have_all()()
    watched.append("two", "three")
    watched.server.wait(watched.have_all())
    assert len(watched.leaders) == 1
    assert watched.leaders[0] in watched.server.pids()


def test_a_leader_that_dies_is_replaced_and_nothing_is_lost(watched: Watched) -> None:
    for round_ in range(1, 4):
        leader = watched.leaders[-1]
        os.kill(leader, signal.SIGKILL)
        watched.append(f"while nobody leads {round_}")
        watched.server.wait(partial(is_gone, leader))
        watched.server.wait(watched.have_all())
        assert len(watched.leaders) == 1 + round_
        assert watched.leaders[-1] in watched.server.pids()
    watched.append("in the end")
    watched.server.wait(watched.have_all())
    assert watched.server.metric("corefile_worker_restarts_total") == 3


def test_a_worker_that_comes_later_gets_what_the_others_have(watched: Watched) -> None:
    watched.append("two")
    watched.server.wait(watched.have_all())
    follower = next(pid for pid in watched.server.pids() if pid not in watched.leaders)
    os.kill(follower, signal.SIGKILL)
    watched.server.wait(lambda: is_gone(follower))
    watched.server.wait(watched.have_all())
    assert len(watched.leaders) == 1


def test_a_feed_goes_on_over_reloads(watched: Watched, tmp_path: Path) -> None:
    for version in ("2", "3"):
        watched.append(f"before {version}")
        watched.server.text = config(tmp_path, version)
        watched.server.engine.reload_now()
        watched.server.wait(watched.have_all(version))
        watched.append(f"after {version}")
        watched.server.wait(watched.have_all(version))
    assert watched.server.metric("corefile_config_last_reload_successful") == 1
    assert len(watched.leaders) == 1


def test_a_feed_that_nobody_wants_any_more_ends(watched: Watched, tmp_path: Path) -> None:
    server = watched.server
    server.text = config(tmp_path).replace(f"tail {tmp_path} 1", "")
    server.engine.reload_now()
    feeds = server.fleet._feeds  # pyright: ignore[reportPrivateUsage]
    server.wait(lambda: not feeds._feeds)  # pyright: ignore[reportPrivateUsage]
    assert len(set(watched.leaders)) == len(watched.leaders)


def test_newcomers_get_a_snapshot_after_very_many_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corefile_runtime.chain.topics.MOST", 10)
    (tmp_path / "source").write_text("one\n")
    with whole(config(tmp_path), workers=3) as server:
        watched = Watched(server, tmp_path)
        for number in range(50):
            watched.append(f"line {number}")
        server.wait(watched.have_all())
        (feed,) = server.fleet._feeds._feeds.values()  # pyright: ignore[reportPrivateUsage]
        server.wait(lambda: len(feed.told) <= 12)
        follower = next(pid for pid in server.pids() if pid not in watched.leaders)
        os.kill(follower, signal.SIGKILL)
        server.wait(lambda: is_gone(follower))
        server.wait(watched.have_all())
        server.text = config(tmp_path, "2")
        server.engine.reload_now()
        server.wait(watched.have_all("2"))
        assert len(watched.leaders) == 1


def test_a_configuration_without_a_first_state_is_refused(tmp_path: Path) -> None:
    server = Whole(config(tmp_path, "late"), workers=3)
    with pytest.raises(StartError, match=r"^Corefile:4: plugin/tail: has no state in time \(0\.5 s\)$"):
        server.start()
    server.close()
