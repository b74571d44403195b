"""Texts for property tests: from letters, and from the pieces of which Corefiles are made."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = (
    "{", "}", "{\n", "}\n", "\n", "\n\n", "\n\n\n", " ", "\t", "\r", "\r\n", "#", "# c\n", "#c", '"', '"a\nb"',
    "\\", "\xa0", "\u2028", "\ufeff", "\x00", "import", "import s", "import x", "import y", "(s)", ".", "a",
    "example.org,", " # x y",
    "10.0.0.0/22", "tls://.", ":53", "log", "errors", "cache", "whoami", "forward . 192.0.2.1", "bind 127.0.0.1",
    "{$A}", "{%B%}", "{$A}\n\n\n", '""', '"{"',
)  # fmt: skip


def corefile_texts() -> st.SearchStrategy[str]:
    """Anything between nonsense and a Corefile."""
    blank = st.sampled_from(("", " ", " ", "\n"))
    pieces = st.tuples(st.sampled_from(PIECES), blank).map("".join)
    return st.lists(pieces, max_size=25).map("".join) | st.text(max_size=40)
