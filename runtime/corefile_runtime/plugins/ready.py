"""ready: tells over HTTP whether the plugins are ready, and which are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from corefile.plugins.ready import Ready as Config
from corefile_runtime.http.endpoints import Endpoint
from corefile_runtime.http.server import Answer
from corefile_runtime.process.instance import Instance

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Home


def make(configs: tuple[AnyConfig, ...], home: Home) -> None:
    """Serve `/ready`; it has no place in the chain. The last `ready` of the file decides how it watches."""
    config = cast("Config", configs[-1])
    instance = home.instance
    instance.watched.append(home.block)
    instance.keeps_watching = config.monitor == "continuously"
    instance.endpoints.append(Endpoint(config.address, "/ready", lambda: _answer(instance)))
    instance.on_final.append(lambda: instance.engine.endpoints.close(config.address))


def _answer(instance: Instance) -> Answer:
    waiting = sorted({name for name, ready in _watched(instance) if not ready})
    if not waiting:
        return Answer(200, "OK")
    names = ",".join(waiting)
    instance.output.log("INFO", f'Plugins not ready: "{names}"', "ready")
    return Answer(503, names)


def _watched(instance: Instance) -> list[tuple[str, bool]]:
    """All plugins that know whether they are ready, in blocks with `ready`; who was ready once is not asked again."""
    found: list[tuple[str, bool]] = []
    for block, name, is_ready in instance.engine.readiness(instance):
        if block in instance.watched:
            known = name in instance.were_ready and not instance.keeps_watching
            if known or is_ready():
                instance.were_ready.add(name)
                found.append((name, True))
            else:
                found.append((name, False))
    return found
