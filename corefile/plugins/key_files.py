"""Files of keys and certificates as several plugins name them."""

from __future__ import annotations

from collections.abc import Sequence

from corefile.ir.source import Word
from corefile.ir.values import FilePath
from corefile.plugins.args import Args


def key_files(args: Args) -> tuple[FilePath, ...]:
    """DNSSEC keys, `KEYFILE...`, are pairs of files, `NAME.key` and `NAME.private`.

    Each is named with either ending or none; what comes back has none.
    """
    return tuple(_pair(args, word) for word in args.rest(1, what="KEYFILE"))


def _pair(args: Args, word: Word) -> FilePath:
    base = word.text.removesuffix(".private" if word.text.endswith(".private") else ".key")
    for path in (f"{base}.key", f"{base}.private"):
        args.need("CF403", "key file", args.path(path, word), word)
    return FilePath(base)


def tls_files(args: Args, words: Sequence[Word]) -> tuple[FilePath, ...]:
    """Files of a TLS client: one is a CA, two are a certificate and its key, three are all of them."""
    roles = ("CA certificates",) if len(words) == 1 else ("certificate", "key", "CA certificates")
    for word, what in zip(words, roles, strict=False):
        if word.text:
            args.file(word, what, code="CF403")
        elif what != "CA certificates":  # without a name CoreDNS takes the system's
            args.refuse("CF215", f"the {what} file has an empty name", word)
    return tuple(FilePath(word.text) for word in words)
