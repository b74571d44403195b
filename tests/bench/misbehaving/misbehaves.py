"""The plugin `misbehaves STEP`: it opens everything that a plugin can have, and then fails at that step."""

from __future__ import annotations

from corefile_runtime.chain.handler import Handler, every
from corefile_runtime.chain.home import Home
from corefile_runtime.chain.reply import Serve
from corefile_runtime.chain.services import Done
from corefile_runtime.chain.site import Link, Site
from corefile_runtime.chain.topics import FeedHome
from corefile_runtime.http.messages import Answer
from corefile_runtime.testing.plugins import Words, read

from corefile.ir.program import Config
from corefile.plugins.spec import Plugin

DEADLINE = 0.02


class Resource:
    """Something that is closed, and a feed with nothing to say."""

    def close(self) -> None:
        """Nothing to do."""

    def snapshot(self) -> object:
        return None


def prepare(configs: tuple[Config, ...], home: Home) -> Link:
    (config,) = configs
    assert isinstance(config, Words)
    step = config.words[0]
    _open(home)
    _fail(step == "prepare")

    def begin(done: Done) -> None:
        _fail(step == "begin")
        if step == "refuse":
            home.after(DEADLINE, done, home.refuse("nobody is there"))
            home.clock.after(DEADLINE / 2, done, home.refuse("nobody is there"))
        elif step != "hang":
            done(None)

    def link(site: Site) -> Serve:
        _fail(step == "link")
        return site.next

    home.on_ready(begin, seconds=DEADLINE)
    return link


def _open(home: Home) -> None:
    home.own(Resource())
    home.shared(Resource, "key", Resource, Resource.close)
    home.topic("key", _feed, lambda _update: None)
    home.endpoint("127.0.0.1:0", "/misbehaves", lambda: Answer(200, ""))
    home.every(0.01, lambda: None)
    home.in_thread(lambda: bytes(100_000), lambda _outcome: None)


def _feed(home: FeedHome) -> Resource:
    home.publish("state", whole=True)
    return Resource()


def _fail(now: bool) -> None:
    if now:
        raise KeyError("no", "such\nthing")


PLUGIN = Plugin(
    name="misbehaves", summary="fails", usage=("misbehaves STEP",), config=Words, read=read, before="whoami", since=""
)
HANDLER = Handler(every(Words, prepare), replays=True)
