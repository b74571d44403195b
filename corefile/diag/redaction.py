"""Secrets in the lines that findings show: TSIG keys, tokens and credentials end in CI logs otherwise."""

from __future__ import annotations

import re
from typing import NamedTuple

from corefile.diag.diagnostic import Diagnostic
from corefile.ir.url_secrets import REDACTED, without_url_secrets

KEPT = {"secret": 0, "token": 0, "aws_access_key": 1, "credentials": 1}
"""Properties with secrets, and how many of their arguments are none: an access key's identifier, a user's name."""

_LINE = re.compile(
    rf"((?:^|\{{|\\n)[ \t]*)({'|'.join(KEPT)})((?:[ \t]+(?:(?!\\n)\S)+)+)",
    re.MULTILINE,
)
_WORD = re.compile(r"(?:(?!\\n)\S)+")
_KEY_NAME = re.compile(r"[ \t]+[^ \t]+\.[ \t]+\S")  # `secret example.org. KEY`: the name of a TSIG key


class Redacted(NamedTuple):
    """A line with its secrets masked, letter by letter so that columns stay, and the words that were masked."""

    text: str
    words: frozenset[str] = frozenset()


def redact_line(text: str) -> Redacted:
    """Mask the secrets of a line of a Corefile, or of the YAML or JSON around one."""
    text = without_url_secrets(text, lambda secret: "*" * len(secret))
    if not any(name in text for name in KEPT):
        return Redacted(text)
    hidden: set[str] = set()

    def mask(line: re.Match[str]) -> str:
        before, name, arguments = line.groups()
        kept = KEPT[name] or bool(_KEY_NAME.match(arguments))
        at = 0

        def stars(word: re.Match[str]) -> str:
            nonlocal at
            at += 1
            if at <= kept or word[0] in "{}":
                return word[0]
            hidden.add(word[0].strip('"'))
            return "*" * len(word[0])

        return f"{before}{name}{_WORD.sub(stars, arguments)}"

    return Redacted(_LINE.sub(mask, text), frozenset(hidden))


def redact_finding(found: Diagnostic, words: frozenset[str]) -> Diagnostic:
    """The finding without secrets of its line in its sentences."""

    def clean(text: str) -> str:
        for word in words:
            text = text.replace(f"'{word}'", f"'{REDACTED}'")
        return without_url_secrets(text)

    # A fix cannot be masked: it would write asterisks. It stays where it is applied, and is not shown.
    replacements = [edit.replacement for edit in found.fix.edits] if found.fix else []
    shown = found.fix and not any(clean(text) != text or any(word in text for word in words) for text in replacements)
    return found._replace(
        message=clean(found.message),
        help=clean(found.help),
        notes=tuple(map(clean, found.notes)),
        fix=found.fix if shown else None,
    )
