"""Passwords kept as bcrypt hashes."""

from __future__ import annotations

SIGNIFICANT = 72
"""Octets of a password that bcrypt looks at. Go ignores the others; the library refuses such a password."""


def check_password(hashed: str, password: str) -> bool:
    """Whether a hash, of any of bcrypt's versions, is that of a password. Takes long, by design.

    The versions name bugs of other programs (`2a`, `2x`, `2y`); Go computes all of them alike.
    """
    import bcrypt  # for those who have users

    given = password.encode("utf-8", "surrogateescape")
    if b"\0" in given:
        return False
    known = "$2b$" + hashed.removeprefix("$2").partition("$")[2]
    try:
        return bcrypt.checkpw(given[:SIGNIFICANT], known.encode("utf-8", "replace"))
    except ValueError:  # a hash of the right form with letters that bcrypt does not have
        return False
