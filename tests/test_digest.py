"""The hash of a configuration is CoreDNS's: what is expected was written by CoreDNS 1.14.7 under `reload`."""

from pathlib import Path

import pytest

from corefile.compiler import Options, compile_corefile
from corefile.digest import digest

# The variables that CoreDNS had; the octet is how Python keeps one that is no UTF-8.
ENV = {"V": "values", "E2": "\udcff<x>", "L": "log"}

WRITTEN = {
    "one-block": (
        b".:11053 {\n reload 2s 1s\n whoami\n}\n",
        "9ef155ba10e497c2d599857035d9e7ba",
    ),
    "keys-and-commas": (
        b"# c\n.:11053 a.example:11053, \n b.example:11053 {\n reload 2s 1s\n whoami\n cache {\n success 10\n }\n}\n",
        "e4c0b77984d52ae85bf144b75e6a2c24",
    ),
    "snippet-and-escapes": (
        b'(s) {\n log\n errors {\n consolidate 1s "a\\n<b>&"\n }\n}\n.:11053 {\n import s\n reload 2s 1s\n whoami\n}\n',
        "3c64ca2e2f3006c50216a2b068a00ceb",
    ),
    "line-separator": (
        (
            b'.:11053 {\n template IN TXT {\n answer "{{ .Name }} 60 IN TXT \\"\xc3\xa9\xe2\x80\xa8 tab\tx\\""\n }\n'
            b" reload 2s 1s\n whoami\n log . {$V}\n}\n"
        ),
        "3504bc6750b198dbd2bd5015bf2df6ca",
    ),
    "variables": (
        b"{$Z}.:11053 {\n {$L}\n reload 2s 1s\n whoami\n chaos {$E2} x\n}\n",
        "2390e57482ae579edc46443ad6d73800",
    ),
    "octets-that-are-no-text": (
        b".:11053 {\r\n reload 2s 1s\n whoami\n chaos \xff\xfe a\x01\x7f\n}\n",
        "1dc99dbfc382302b7d9a1c6a35261292",
    ),
    "no-braces": (
        b"example.org:11053\nreload 2s 1s\nwhoami\nlog\n",
        "4245da5be9067f77b768d2d2359af153",
    ),
    "several-lines": (
        b'.:11053 {\n chaos "multi\nline" "" "a\\b"\n reload 2s 1s\n whoami\n}\n',
        "f96cf1163233d1c3867efd40c4ad9317",
    ),
}
"""Corefiles, and the beginning of the hash in CoreDNS's log."""


@pytest.mark.parametrize("name", WRITTEN)
def test_the_hash_is_the_one_that_coredns_writes(name: str) -> None:
    text, expected = WRITTEN[name]
    compiled = compile_corefile(text, "Corefile", Options(env=ENV, serves_here=True))
    assert compiled.verdict == "accept"
    assert digest(compiled.expanded).startswith(expected)


def test_imported_words_name_their_file(tmp_path: Path) -> None:
    (tmp_path / "common.conf").write_text("log\n")
    (tmp_path / "other.conf").write_text("log\n")

    def hashed(text: str) -> str:
        return digest(compile_corefile(text, str(tmp_path / "Corefile")).expanded)

    assert hashed(". {\n    import common.conf\n}\n") == hashed(". {\n\n    import common.conf\n}\n")
    assert hashed(". {\n    import common.conf\n}\n") != hashed(". {\n    import other.conf\n}\n")


def test_a_corefile_without_blocks_has_the_hash_of_nothing() -> None:
    assert digest(compile_corefile("").expanded) == digest(compile_corefile("# nothing\n").expanded)
