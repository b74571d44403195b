"""on: runs a command when the server starts or ends."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.golang.letters import to_lower
from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.shell_words import ShellFault, split_shell_words
from corefile.plugins.spec import Example, Plugin

EVENTS = ("startup", "shutdown", "certrenew")


@dataclass(frozen=True, slots=True, kw_only=True)
class On(Config):
    """One command, its name first, and the event at which it is run. A last word `&` does not wait for its end."""

    event: str = "startup"
    command: tuple[str, ...] = ()


def read(args: Args) -> On:
    """`on EVENT COMMAND...`: the words are joined and taken apart again as a shell does."""
    word = args.take("EVENT")
    event = to_lower(word.text)
    if event not in EVENTS:
        args.choice(word, EVENTS, "event")
    words = args.rest()
    text = " ".join(each.text for each in words)
    try:
        command = split_shell_words(text)
    except ShellFault as fault:
        args.refuse("CF215", f"command '{text}' is refused: {fault}")
    if not command:
        args.missing("COMMAND")
    return On(event=event, command=command)


PLUGIN = Plugin(
    name="on",
    summary="runs a command when the server starts or ends",
    usage=("on startup|shutdown|certrenew COMMAND...",),
    config=On,
    read=read,
    blockless=True,
    description="""\
COMMAND is run without a shell: quotes, backslashes and `#` comments work as in one, variables, pipes and patterns do
not, and outside of quotes only ASCII is allowed. Remember that the Corefile takes the outer quotes away: write
`"sh -c 'date > /run/started'"`.

- CoreDNS waits for the command's end, unless its last word is `&`. A failure is only logged.
- `certrenew` never happens in CoreDNS.
- Several `on` in a block are all run, as are those of other blocks.
""",
    examples=(
        Example(
            title="a note at start, another at the end",
            corefile="""\
. {
    on startup logger "dns is up"
    on shutdown logger "dns is down" &
    whoami
}
""",
        ),
    ),
)
