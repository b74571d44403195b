"""debug: writes debug messages, and lets a crash be a crash."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.spec import Example, Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Debug(Config):
    """Nothing to set."""


def again(config: Debug, args: Args) -> Debug:
    args.end()
    return config


PLUGIN = Plugin(
    name="debug",
    summary="writes debug messages, and does not survive a crash in a plugin",
    usage=("debug",),
    config=Debug,
    again=again,
    blockless=True,
    description="""\
Messages for the debugging of plugins are written, for the whole process: the block that is read last decides. Without
this plugin a crash in a plugin is answered with SERVFAIL and counted; with it CoreDNS's process ends with a trace, but
not `corefile run`.

Not for production. It does not log queries: that is `log`.
""",
    examples=(
        Example(
            title="see what the plugins do",
            corefile="""\
. {
    debug
    log
    forward . 192.0.2.1
}
""",
        ),
    ),
)
