"""How plugins read their arguments: one verb for each kind of value, one wording for each mistake.

Verbs that move (`take`, `maybe`, `rest`, `one`, `none`) return words; verbs that understand (`integer`, `duration`,
`choice`, …) turn a word into a value or refuse it. A refusal ends the reading of one property, not of the plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corefile.ir import names
from corefile.ir.source import Word
from corefile.ir.values import NOWHERE, Address, Duration, FilePath, Network, Pattern, Secret, Zone
from corefile.plugins.refusing import Refusing

LONGEST_PATTERN = 10_000
"""Bytes of a regular expression; every plugin of CoreDNS that takes one has this limit."""

LONGEST_PATH, LONGEST_NAME = 4095, 255
"""Bytes of a path, and of each name in it, that Linux takes."""


class Args(Refusing):
    """The words of one plugin in one server block, and the verbs to read them with."""

    __slots__ = ()

    # ---- moving

    def take(self, what: str = "argument") -> Word:
        """The next word of the line, which must be there."""
        if not self.next_arg():
            self.missing(what)
        return self.words[self.at]

    def maybe(self) -> Word | None:
        """The next word of the line, if there is one."""
        return self.words[self.at] if self.next_arg() else None

    def rest(self, least: int = 0, most: int | None = None, what: str = "argument") -> list[Word]:
        """The rest of the line up to a brace: at least and at most so many words."""
        found = self.remaining()
        if len(found) < least:
            self.missing(what)
        if most is not None and len(found) > most:
            self.too_many(found[most])
        return found

    def one(self, what: str = "argument") -> Word:
        """The only argument of the line."""
        return self.rest(1, 1, what)[0]

    def none(self) -> None:
        """There must be nothing more on the line (a brace does not count)."""
        self.rest(0, 0)

    def end(self) -> None:
        """There must be nothing more on the line, not even a brace."""
        if self.next_arg():
            self.too_many()

    # ---- understanding

    def integer(self, word: Word, least: int | None = None, most: int | None = None, what: str = "number") -> int:
        """A decimal integer of 64 bits (Go's `strconv.Atoi`), within bounds."""
        from corefile.golang.values import parse_atoi

        return self._bounded(self._read(parse_atoi, word, "CF205", f"an integer for {what}"), word, least, most, what)

    def unsigned(
        self, word: Word, bits: int = 64, least: int = 0, most: int | None = None, what: str = "number"
    ) -> int:
        """A decimal integer without sign (Go's `strconv.ParseUint`), within bounds."""
        from corefile.golang.values import parse_uint

        value = self._read(lambda text: parse_uint(text, bits), word, "CF205", f"an integer of at most {bits} bits")
        return self._bounded(value, word, least, most, what)

    def _bounded(self, value: int, word: Word, least: int | None, most: int | None, what: str) -> int:
        if (least is not None and value < least) or (most is not None and value > most):
            self.refuse("CF206", f"{what} '{word.text}' is out of range, {bounds(least, most)} is allowed", word)
        return value

    def duration(
        self, word: Word, least: Duration | None = None, most: Duration | None = None, what: str = "duration"
    ) -> Duration:
        """A length of time in Go's syntax, a number with a unit: `30s`, `1h2m3.5s`; bounds inclusive."""
        from corefile.golang.values import parse_duration

        value = Duration(self._read(parse_duration, word, "CF207", "a duration such as '30s' or '1h30m'"))
        if (least is not None and value < least) or (most is not None and value > most):
            self.refuse("CF206", f"{what} '{word.text}' is out of range, {bounds(least, most)} is allowed", word)
        return value

    def _read(self, parse: Callable[[str], int], word: Word, code: str, wanted: str) -> int:
        from corefile.golang.faults import ValueFault

        try:
            return parse(word.text)
        except ValueFault:
            self.refuse(code, f"'{word.text}' is not {wanted}", word, help=self._usage_help())

    def choice(self, word: Word, choices: Sequence[str], what: str = "value", *, any_case: bool = False) -> str:
        """One of a few words; with `any_case` in capitals too, returned as listed."""
        from corefile.golang.letters import to_lower

        text = word.text
        same = to_lower(text) if any_case else text
        found = next((allowed for allowed in choices if same == (allowed.lower() if any_case else allowed)), None)
        if found is None:
            from corefile.diag.suggest import suggest

            nearest = suggest(text, choices)
            self.refuse(
                "CF209",
                f"{what} '{text}' is not one of {', '.join(choices)}",
                word,
                help=f"did you mean '{nearest}'?" if nearest else "",
            )
        return found

    def zones(self, words: Sequence[Word]) -> tuple[Zone, ...]:
        """The zones that words stand for, ranges expanded; what is no zone is skipped, as CoreDNS does."""
        return tuple(Zone(zone) for word in words for zone in names.normalize_exact(word.text))

    def origins(self, words: Sequence[Word]) -> tuple[Zone, ...]:
        """The zones that a plugin is for: empty without words, for those of the server block.

        Words of which none is a zone leave it without any: CoreDNS takes that, and the plugin never answers.
        """
        return self.zones(words) or ((NOWHERE,) if words else ())

    def fallthrough(self) -> tuple[Zone, ...]:
        """`fallthrough [ZONES...]`: the zones in which a query may go on to the next plugin, the root without
        arguments.
        """
        words = self.rest()
        return self.zones(words) if words else (Zone("."),)

    def zone(self, word: Word) -> Zone:
        """One zone, normalised (the first of a range's)."""
        found = names.normalize_exact(word.text)
        if not found:
            self.refuse("CF210", f"'{word.text}' is not a zone", word)
        return Zone(found[0])

    def domain(self, word: Word, what: str = "name") -> Zone:
        """A domain name, normalised."""
        if fault := names.domain_name_fault(word.text):
            self.refuse("CF210", f"{what} '{word.text}' is not a domain name: {fault}", word)
        return Zone(names.normalize(word.text))

    def network(self, word: Word, what: str = "network") -> Network:
        """A range in CIDR form as Go's `net.ParseCIDR` takes it, host bits cut."""
        from corefile.ir.ranges import parse_cidr

        network = parse_cidr(word.text)
        if network is None:
            self.refuse("CF208", f"{what} '{word.text}' is not a range such as '192.0.2.0/24'", word)
        return Network(str(network))

    def ip(self, word: Word, what: str = "address") -> str:
        """An IPv4 or IPv6 address as Go's `net.ParseIP` takes it."""
        from corefile.ir.addresses import parse_ip

        address = parse_ip(word.text)
        if address is None:
            self.refuse("CF208", f"{what} '{word.text}' is not an IP address", word)
        return address

    def host_port(self, word: Word, what: str = "address") -> Address:
        """Where something listens, `host:port` or `:port`, as Go's `net.SplitHostPort` takes it apart."""
        from corefile.ir.addresses import split_host_port

        if split_host_port(word.text) is None:
            self.refuse("CF208", f"{what} '{word.text}' is not a host and a port such as ':8080'", word)
        return Address(word.text)

    def server(self, word: Word, port: str = "53", what: str = "server") -> Address:
        """An IP address, also a scoped one, with a port or without; host names are none. A port is not looked at."""
        from corefile.ir.addresses import join_host_port, parse_ip, split_host_port, strip_scope

        host, given = split_host_port(word.text) or (word.text, "")
        if parse_ip(strip_scope(host)) is None:
            self.refuse("CF208", f"{what} '{word.text}' is not an IP address, with or without a port", word)
        return Address(join_host_port(host, given or port))

    def pattern(self, word: Word) -> Pattern:
        """A regular expression in Go's syntax, as long as all plugins allow."""
        from corefile.golang.regexp import check_regexp

        size = len(word.text.encode("utf-8", "surrogateescape"))
        if size > LONGEST_PATTERN:
            self.refuse("CF206", f"regular expression has {size} bytes, at most {LONGEST_PATTERN} are allowed", word)
        fault = check_regexp(word.text)
        if fault is not None:
            self.refuse(
                "CF211",
                f"regular expression '{word.text}' is refused: {fault.message}",
                word,
                part=(fault.start, fault.end),
            )
        return Pattern(word.text)

    def secret(self, word: Word) -> Secret:
        """A text that is never printed."""
        return Secret(word.text)

    def path(self, path: str, word: Word | None = None) -> FilePath:
        """A path that CoreDNS opens or looks at. No system has some of them, and that is no matter of environment."""
        encoded = path.encode("utf-8", "surrogateescape")
        if "\0" in path:
            self.refuse("CF215", "path contains a NUL character", word)
        if len(encoded) > LONGEST_PATH:
            self.refuse("CF215", f"path has {len(encoded)} bytes, at most {LONGEST_PATH} are allowed", word)
        if any(len(name) > LONGEST_NAME for name in encoded.split(b"/")):
            self.refuse("CF215", f"a name in the path has more than {LONGEST_NAME} bytes", word)
        return FilePath(path)

    def file(
        self, word: Word, what: str = "file", *, code: str = "CF402", fatal: bool = True, rooted: bool = True
    ) -> FilePath:
        """A file that CoreDNS opens at start: its path, and a note that the environment decides."""
        if fatal:
            self.path(word.text, word)
        self.need(code, what, word.text, word, fatal=fatal, rooted=rooted)
        return FilePath(word.text)


def bounds(least: object, most: object) -> str:
    """What is allowed, in words."""
    if least is None:
        return f"at most {most}"
    return f"at least {least}" if most is None else f"{least} to {most}"
