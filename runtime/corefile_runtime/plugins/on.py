"""on: runs commands when the server has started, and when it is told to end. It has no place in the chain."""

from __future__ import annotations

import subprocess
from threading import Thread
from typing import TYPE_CHECKING

from corefile.plugins.on import On
from corefile_runtime.chain.handler import Handler, every

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home


def prepare(configs: tuple[On, ...], home: Home) -> None:
    """A reload runs the commands for `startup` again, those for `shutdown` not; `certrenew` never happens.

    That is how CoreDNS uses the hooks of its server (OnStartup, OnFinalShutdown).
    """
    for config in configs:
        command = _command(config, home)
        if config.event == "startup":
            home.on_start(command.run)
        elif config.event == "shutdown":
            home.on_end(command.run)


def _command(config: On, home: Home) -> Command:
    *command, last = config.command
    waits = last != "&" or not command
    return Command([*command, last] if waits else command, config.event, home, waits=waits)


class Command:
    """A command to run. The server waits for its end, unless it is meant for the background."""

    def __init__(self, words: list[str], event: str, home: Home, *, waits: bool) -> None:
        self._words = words
        self._event = event
        self._home = home
        self._waits = waits

    def run(self) -> None:
        """Run it; that it fails is only said. CoreDNS writes these lines without the plugin's name."""
        kind = "Blocking" if self._waits else "Nonblocking"
        self._home.write(f'[INFO] {kind} Command "{" ".join(self._words)}"')
        self._home.clock.announce()  # the command writes to the same place
        try:
            running = subprocess.Popen(self._words)  # noqa: S603 - that is what the Corefile asks for
        except (OSError, ValueError) as error:
            self._fail(str(error))
            return
        if not self._waits:
            Thread(target=running.wait, daemon=True, name="on").start()  # or it stays a zombie
        elif status := running.wait():
            self._fail(f"exit status {status}" if status > 0 else f"signal {-status}")

    def _fail(self, why: str) -> None:
        self._home.write(f"[ERROR] error on '{self._event}' hook: {why}")


HANDLER = Handler(every(On, prepare), runs="once")
