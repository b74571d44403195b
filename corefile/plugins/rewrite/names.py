"""Regular expressions of rewrite rules, and what a name rule does to the answer."""

from __future__ import annotations

from collections.abc import Sequence

from corefile.golang.faults import SyntaxFault
from corefile.ir import names
from corefile.ir.source import Word
from corefile.plugins.args import LONGEST_PATTERN, Args
from corefile.plugins.rewrite.rules import AnswerRule

MOST_REFERENCES = 101


def read_answers(args: Args, words: Sequence[Word]) -> tuple[bool, tuple[AnswerRule, ...]]:
    """`answer auto`, `answer name PATTERN TO`, `answer value PATTERN TO`, as many as there are.

    Only the first `answer` must be written. `answer auto` and `answer name` exclude each other.
    """
    if words[0].text != "answer":
        args.refuse("CF203", f"unexpected '{words[0].text}', only 'answer' may follow TO", words[0], help=ANSWER_HELP)
    rules: list[AnswerRule] = []
    auto = False
    at = 0
    while at < len(words):
        at += words[at].text == "answer"
        if at == len(words):
            args.refuse("CF202", "word missing after 'answer'", words[-1], help=ANSWER_HELP)
        kind = words[at]
        at += 1
        if kind.text == "auto":
            auto = True
            continue
        rules.append(_answer(args, kind, words[at : at + 2]))
        at += 2
    if auto and any(rule.kind == "name" for rule in rules):
        word = next(word for word in words if word.text == "auto")
        args.refuse("CF214", "'answer auto' and 'answer name' exclude each other", word)
    return auto, tuple(rules)


ANSWER_HELP = "after TO: answer auto, answer name PATTERN TO, or answer value PATTERN TO"


def _answer(args: Args, kind: Word, words: Sequence[Word]) -> AnswerRule:
    name = args.choice(kind, ("auto", "name", "value"), "answer rule")
    if len(words) < 2:
        args.refuse("CF202", f"'answer {name}' needs PATTERN and TO", kind)
    pattern, to = words
    check_match_pattern(args, pattern, pattern.text, to, to.text)
    return AnswerRule(kind=name, pattern=pattern.text, to=names.normalize(to.text))


def check_match_pattern(args: Args, word: Word, pattern: str, to_word: Word | None = None, to: str = "") -> None:
    """Refuse a pattern that Go does not take, or a text that refers to more groups than the pattern has."""
    from corefile.golang.regexp import count_groups

    size = len(pattern.encode("utf-8", "surrogateescape"))
    if size > LONGEST_PATTERN:
        args.refuse("CF206", f"regular expression has {size} bytes, at most {LONGEST_PATTERN} are allowed", word)
    try:
        groups = count_groups(pattern)
    except SyntaxFault as fault:
        part = (fault.start, min(fault.end, len(word.text)))
        args.refuse("CF211", f"regular expression '{pattern}' is refused: {fault.message}", word, part=part)
    if to_word is None or "{" not in to:
        return
    used = sum(f"{{{number}}}" in to for number in range(MOST_REFERENCES))
    if used > groups:
        args.refuse(
            "CF215",
            f"'{to_word.text}' refers to more groups ({used}) than the regular expression '{word.text}' has ({groups})",
            to_word,
            notes=("'{0}' counts too, although it stands for the whole match",) if "{0}" in to else (),
        )
