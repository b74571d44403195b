"""How plugins say no: faults at the words that they are about, and needs that only the environment meets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, NoReturn

from corefile.ir.source import Word
from corefile.plugins.cursor import Cursor


class Fault(NamedTuple):
    """What CoreDNS refuses about a plugin's words, placed by index so that equal words elsewhere can share it.

    `at` is the index of the word, `part` the characters of its text that are meant (whole word: None). `related` is
    (message, index). A `late` one CoreDNS finds only when it has read all words of the plugin.
    """

    code: str
    message: str
    at: int
    part: tuple[int, int] | None = None
    help: str = ""
    notes: tuple[str, ...] = ()
    related: tuple[tuple[str, int], ...] = ()
    late: bool = False


class Need(NamedTuple):
    """Something outside the file that CoreDNS wants at start.

    `code` is a CF4xx, `what` says what it is (`zone file`, `certificate`), `value` its path or name, `at` the index
    of the word. With `fatal` CoreDNS does not start without it; one that it `asks_for` may be missing, but where the
    system does not even say so, CoreDNS does not start either. Only `checkable` ones are files that `--check-files` can
    look at; of these `rooted` ones are taken from the folder that `root` names, and a `folder` need not be opened.
    """

    code: str
    what: str
    value: str
    at: int
    fatal: bool = True
    checkable: bool = True
    rooted: bool = True
    asks_for: bool = False
    folder: bool = False


class Refused(Exception):
    """What is being read is refused; the fault has been noted."""


class Refusing(Cursor):
    """The words of one plugin in one server block, with what is wrong about them.

    `marks` has (use, property, word index) as `Reading` has it; `usage` is the line that is being read, for people.
    """

    __slots__ = ("faults", "marks", "needs", "plugin", "usage", "use")

    def __init__(self, words: Sequence[Word], plugin: str = "") -> None:
        super().__init__(words)
        self.plugin = plugin
        self.usage = ""
        self.use = 0
        self.faults: list[Fault] = []
        self.needs: list[Need] = []
        self.marks: list[tuple[int, str, int]] = []

    def refuse(
        self,
        code: str,
        message: str,
        at: Word | None = None,
        *,
        part: tuple[int, int] | None = None,
        help: str = "",  # noqa: A002 - the field is called so in every output
        notes: tuple[str, ...] = (),
        related: tuple[tuple[str, int], ...] = (),
    ) -> NoReturn:
        """CoreDNS refuses this: note it at a word (the current one) and give up what is being read."""
        index = self.index(at) if part is not None else self._line_of(self.index(at))
        self.faults.append(Fault(code, message, index, part, help, notes, related))
        raise Refused

    def _line_of(self, index: int) -> int:
        """The word by which CoreDNS gives a fault's line: that to which it has read.

        It is another line only where an argument holds a line feed; a fault stays at its word otherwise.
        """
        last = self.at
        if not index < last < len(self.words) or self.words[index].line == self.words[last].line:
            return index
        return last if all(map(self._goes_on, range(index, last))) else index

    def fault(self, code: str, message: str, at: Word | None = None, *, help: str = "") -> None:  # noqa: A002
        """The same where there is more to read."""
        self.faults.append(Fault(code, message, self.index(at), help=help))

    def need(
        self,
        code: str,
        what: str,
        value: str,
        at: Word | None = None,
        *,
        fatal: bool = True,
        checkable: bool = True,
        rooted: bool = True,
        asks_for: bool = False,
        folder: bool = False,
    ) -> None:
        """CoreDNS will want something at start that the file does not contain."""
        self.needs.append(Need(code, what, value, self.index(at), fatal, checkable, rooted, asks_for, folder))

    def index(self, word: Word | None) -> int:
        """The place of a word in the list; the current one for None."""
        words, at = self.words, max(0, min(self.at, len(self.words) - 1))
        if word is None:
            return at
        # Nearly always it has just been read: going back from here keeps many faults from taking quadratic time.
        behind = next((i for i in range(at, -1, -1) if words[i] is word), -1)
        return behind if behind >= 0 else next(i for i in range(at, len(words)) if words[i] is word)

    def named(self, prop: str) -> Word:
        """The word that names a property in this use, the last of several; the current word if there is none.

        For faults that show only at the end of a use.
        """
        places = [at for use, name, at in self.marks if use == self.use and name == prop]
        return self.words[places[-1]] if places else self.word

    def missing(self, what: str = "argument") -> NoReturn:
        """CoreDNS says *wrong argument count* here: too little."""
        if self.val == "{":
            self.refuse("CF216", f"'{{' found where {article(what)} is expected", help=self._usage_help())
        self.refuse("CF202", f"{what} missing after '{self.val}'", help=self._usage_help())

    def too_many(self, extra: Word | None = None) -> NoReturn:
        """CoreDNS says *wrong argument count* here: too much."""
        word = extra or self.word
        self.refuse("CF203", f"unexpected argument '{word.text}'", word, help=self._usage_help())

    def unknown_property(
        self, allowed: Collection[str], word: Word | None = None, *, notes: tuple[str, ...] = ()
    ) -> NoReturn:
        """The current word is no property of the plugin."""
        from corefile.diag.suggest import suggest
        from corefile.versions.removed import REMOVED_PROPERTIES

        word = word or self.word
        removed = REMOVED_PROPERTIES.get((self.plugin, word.text))
        if removed is not None:
            hint = removed.instead
            notes = (*notes, f"CoreDNS {removed.release} and later refuse it")
        elif nearest := suggest(word.text, allowed):
            hint = f"did you mean '{nearest}'?"
        else:
            hint = f"properties: {', '.join(sorted(allowed))}" if allowed else ""
        message = f"plugin '{self.plugin}' has no property '{word.text}'"
        self.refuse(
            "CF204",
            message if allowed else f"plugin '{self.plugin}' has no properties, found '{word.text}'",
            word,
            help=hint,
            notes=notes,
        )

    def once(self) -> None:
        """Refuse the second use of a plugin that a server block may have once; call it when a use begins."""
        if self.use:
            self.refuse(
                "CF301",
                f"plugin '{self.plugin}' used again, only one use in a server block is allowed",
                related=(("first used here", 0),),
                notes=("imports and snippets add directives, they never replace one",),
            )

    @property
    def last_use(self) -> bool:
        """At the end of a use: whether the block has no further one."""
        return self.at >= len(self.words) - 1

    def starts(self) -> list[int]:
        """The indexes of the words that begin a use, so far."""
        return [at for _, prop, at in self.marks if not prop]

    def places(self, name: str) -> list[Word]:
        """Where this use names a property; with an empty name where the use itself begins."""
        return [self.words[at] for use, prop, at in self.marks if use == self.use and prop == name]

    def _usage_help(self) -> str:
        return f"usage: {self.usage}" if self.usage else ""


def article(noun: str) -> str:
    """`an address`, `a zone`."""
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"
