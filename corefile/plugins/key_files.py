"""DNSSEC keys as `dnssec` and `sign` name them: pairs of files, `NAME.key` and `NAME.private`."""

from __future__ import annotations

from corefile.ir.source import Word
from corefile.ir.values import FilePath
from corefile.plugins.args import Args


def key_files(args: Args) -> tuple[FilePath, ...]:
    """`KEYFILE...`: each with either ending or none; what comes back has none."""
    return tuple(_pair(args, word) for word in args.rest(1, what="KEYFILE"))


def _pair(args: Args, word: Word) -> FilePath:
    base = word.text.removesuffix(".private" if word.text.endswith(".private") else ".key")
    args.need("CF403", "key file", f"{base}.key", word)
    args.need("CF403", "key file", f"{base}.private", word)
    return FilePath(base)
