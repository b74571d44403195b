"""Rewrite rules for EDNS0 options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corefile.golang.faults import ValueFault
from corefile.golang.letters import to_lower
from corefile.ir.source import Word
from corefile.plugins.args import Args
from corefile.plugins.rewrite.rules import Edns0Rule, LocalRule, NsidRule, SubnetRule

ACTIONS = ("append", "replace", "set", "unset")
OPTIONS = ("local", "nsid", "subnet")
VARIABLES = ("{qname}", "{qtype}", "{client_ip}", "{client_port}", "{protocol}", "{server_ip}", "{server_port}")
MOST_WORDS = {"local": 2, "nsid": 0, "subnet": 2}
MOST_WORDS_UNSET = {"local": 1, "nsid": 0, "subnet": 0}


def read_edns0(args: Args, mode: str, head: Word, words: Sequence[Word]) -> Edns0Rule:
    """`OPTION ACTION …  [revert]`; `unset` has no `revert`."""
    if len(words) < 2:
        args.refuse("CF202", "'edns0' rule has too few words, an option and an action are needed", head)
    option, action, *rest = words
    kind = to_lower(option.text)
    verb = args.choice(action, ACTIONS, "action", any_case=True)
    revert = verb != "unset" and words[-1].text == "revert"
    if revert:
        rest.pop()
    if kind not in OPTIONS:
        args.choice(option, OPTIONS, "option", any_case=True)
    _count(args, action, rest, (MOST_WORDS_UNSET if verb == "unset" else MOST_WORDS)[kind])
    if kind == "nsid":
        return NsidRule(mode=mode, action=verb, revert=revert)
    if kind == "subnet":
        bits = _subnet(args, rest) if rest else (0, 0)
        return SubnetRule(mode=mode, action=verb, revert=revert, ipv4_bits=bits[0], ipv6_bits=bits[1])
    return replace(_local(args, rest), mode=mode, action=verb, revert=revert)


def _count(args: Args, action: Word, words: Sequence[Word], wanted: int) -> None:
    if len(words) < wanted:
        args.refuse(
            "CF202", f"word missing after '{(words[-1] if words else action).text}'", words[-1] if words else action
        )
    if len(words) > wanted:
        args.too_many(words[wanted])


def _local(args: Args, words: Sequence[Word]) -> LocalRule:
    """`CODE [DATA]`: data is text, `0x` and hexadecimal digits, or a variable in braces."""
    code = _number(args, words[0], 65535, "option code")
    if len(words) < 2:
        return LocalRule(code=code)
    text = words[1].text
    if text.startswith("{") and text.endswith("}"):
        _check_variable(args, words[1])
        return LocalRule(code=code, variable=text)
    if not text.startswith("0x"):
        return LocalRule(code=code, data=text.encode("utf-8", "surrogateescape"))
    digits = text[2:]
    if len(digits) % 2 or not set(digits) <= set("0123456789abcdefABCDEF"):
        args.refuse("CF215", f"'{text}' is not '0x' and an even number of hexadecimal digits", words[1])
    return LocalRule(code=code, data=bytes.fromhex(digits))


def _check_variable(args: Args, word: Word) -> None:
    """A variable is one of a few, or a metadata label: something, a slash, something."""
    label = word.text[1:-1]
    if word.text not in VARIABLES and not 0 < label.find("/") < len(label) - 1:
        args.refuse(
            "CF209",
            f"'{word.text}' is neither one of {', '.join(VARIABLES)} nor a metadata label such as '{{plugin/name}}'",
            word,
        )


def _subnet(args: Args, words: Sequence[Word]) -> tuple[int, int]:
    return _number(args, words[0], 32, "IPv4 prefix length"), _number(args, words[1], 128, "IPv6 prefix length")


def _number(args: Args, word: Word, most: int, what: str) -> int:
    """A number of 16 bits, also hexadecimal (`0xffee`), octal or binary."""
    from corefile.golang.values import parse_uint

    try:
        number = parse_uint(word.text, 16, 0)
    except ValueFault as fault:
        code = "CF206" if fault.reason == "value out of range" else "CF205"
        args.refuse(code, f"{what} '{word.text}' is not a number from 0 to {most}", word)
    if number > most:
        args.refuse("CF206", f"{what} '{word.text}' is out of range, 0 to {most} is allowed", word)
    return number
