"""From the words of a rewrite rule to the rule: one reader for each type of rule.

A rule may be written on one line or, word after word, in a block, so readers get the words in a list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

from corefile.golang.faults import ValueFault
from corefile.golang.letters import to_lower, to_upper
from corefile.ir import names
from corefile.ir.mnemonics import CLASSES, RCODES, TYPES
from corefile.ir.source import Word
from corefile.plugins.args import Args
from corefile.plugins.rewrite.edns0 import read_edns0
from corefile.plugins.rewrite.names import check_match_pattern, read_answers
from corefile.plugins.rewrite.rules import ClassRule, CnameRule, Match, NameRule, RcodeRule, Rule, TtlRule, TypeRule

MATCHES = ("exact", "prefix", "suffix", "substring", "regex")
LARGEST_TTL = 2147483647
LARGEST_RCODE = 23

Reader = Callable[[Args, str, Word, Sequence[Word]], Rule]


def read_name(args: Args, mode: str, head: Word, words: Sequence[Word]) -> NameRule:
    """`[MATCH] FROM TO [answer …]`; MATCH may only be left out when nothing follows TO."""
    if len(words) < 2:
        short(args, head, "FROM and TO")
    if len(words) == 2:
        kind, old, new = "exact", words[0], words[1]
    else:
        kind, old, new = to_lower(words[0].text), words[1], words[2]
    auto, answers = read_answers(args, words[3:]) if len(words) > 3 else (False, ())
    if kind not in MATCHES:
        args.choice(words[0], MATCHES, "match", any_case=True)
    to = names.normalize(new.text)
    if kind == "regex":
        text = old.text
        check_match_pattern(args, old, text, new, new.text)
    else:
        text = names.normalize(old.text)
    if kind == "exact":
        # CoreDNS reads TO as the pattern and FROM as what refers to its groups; neither is used as such.
        check_match_pattern(args, new, to, old, text)
    return NameRule(mode=mode, match=Match(kind=kind, text=text), to=to, auto=auto or kind == "exact", answers=answers)


def read_class(args: Args, mode: str, head: Word, words: Sequence[Word]) -> ClassRule:
    two(args, head, words, "OLD and NEW")
    return ClassRule(mode=mode, old=_mnemonic(args, words[0], CLASSES), new=_mnemonic(args, words[1], CLASSES))


def read_type(args: Args, mode: str, head: Word, words: Sequence[Word]) -> TypeRule:
    two(args, head, words, "OLD and NEW")
    return TypeRule(mode=mode, old=_mnemonic(args, words[0], TYPES), new=_mnemonic(args, words[1], TYPES))


def _mnemonic(args: Args, word: Word, table: dict[str, int]) -> str:
    name = to_upper(word.text)
    if name not in table:
        what = "class" if table is CLASSES else "type"
        args.refuse("CF209", f"'{word.text}' is not a {what} that CoreDNS knows", word)
    return name


def read_ttl(args: Args, mode: str, head: Word, words: Sequence[Word]) -> TtlRule:
    """`[MATCH] NAME TTL`, where TTL is seconds or a range: `30`, `30-`, `-300`, `30-300`."""
    if len(words) < 2:
        short(args, head, "NAME and TTL")
    if len(words) > 3:
        args.too_many(words[3])
    least, most = _ttl_range(args, words[-1])
    return TtlRule(mode=mode, match=_match(args, words[:-1]), least=least, most=most)


def _ttl_range(args: Args, word: Word) -> tuple[int, int]:
    low, dash, high = word.text.partition("-")
    try:
        least = _seconds(low) if low or not dash else 0
        most = _seconds(high) if high else LARGEST_TTL if dash else least
    except ValueFault:
        least, most = 1, 0
    if word.text == "-" or least > most:
        args.refuse("CF215", f"'{word.text}' is neither a TTL such as '30' nor a range such as '30-300'", word)
    return least, most


def _seconds(text: str) -> int:
    from corefile.golang.values import parse_uint

    return parse_uint(text, 32)


def read_rcode(args: Args, mode: str, head: Word, words: Sequence[Word]) -> RcodeRule:
    """`[MATCH] NAME OLD NEW`."""
    if len(words) < 3:
        short(args, head, "NAME, OLD and NEW")
    if len(words) > 4:
        args.too_many(words[4])
    old, new = _rcode(args, words[-2]), _rcode(args, words[-1])
    return RcodeRule(mode=mode, match=_match(args, words[:-2]), old=old, new=new)


def _rcode(args: Args, word: Word) -> int:
    """A response code by its number or name."""
    from corefile.golang.values import parse_uint

    try:
        number = parse_uint(word.text, 32)
    except ValueFault:
        number = LARGEST_RCODE + 1
    if number <= LARGEST_RCODE:
        return number
    name = to_upper(word.text)
    if name not in RCODES:
        args.refuse("CF209", f"'{word.text}' is neither a response code nor a number from 0 to 23", word)
    return RCODES[name]


def _match(args: Args, words: Sequence[Word]) -> Match:
    """`[MATCH] NAME` of a ttl or rcode rule."""
    if len(words) == 1:
        return Match(text=names.normalize(words[0].text))
    kind = args.choice(words[0], MATCHES, "match", any_case=True)
    if kind != "regex":
        return Match(kind=kind, text=names.normalize(words[1].text))
    check_match_pattern(args, words[1], words[1].text)
    return Match(kind=kind, text=words[1].text)


def read_cname(args: Args, mode: str, head: Word, words: Sequence[Word]) -> CnameRule:
    """`[MATCH] FROM TO`; CoreDNS lowers both, a regular expression's classes too."""
    if len(words) < 2:
        short(args, head, "FROM and TO")
    if len(words) > 3:
        args.too_many(words[3])
    kind = "exact" if len(words) == 2 else args.choice(words[0], MATCHES, "match", any_case=True)
    old, new = to_lower(words[-2].text), to_lower(words[-1].text)
    if kind == "exact":
        old, new = names.normalize(old), names.normalize(new)
    if kind == "regex":
        check_match_pattern(args, words[-2], old)
    return CnameRule(mode=mode, match=Match(kind=kind, text=old), to=new)


def two(args: Args, head: Word, words: Sequence[Word], what: str) -> None:
    """There must be two words."""
    if len(words) < 2:
        short(args, head, what)
    if len(words) > 2:
        args.too_many(words[2])


def short(args: Args, head: Word, what: str) -> NoReturn:
    """Words are missing in a rule."""
    args.refuse("CF202", f"'{head.text}' rule has too few words, {what} are needed", head, help=f"usage: {args.usage}")


READERS: dict[str, Reader] = {
    "name": read_name,
    "class": read_class,
    "type": read_type,
    "edns0": read_edns0,
    "ttl": read_ttl,
    "cname": read_cname,
    "rcode": read_rcode,
}
