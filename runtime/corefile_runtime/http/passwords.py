"""Passwords kept as bcrypt hashes, checked by the system's libcrypt: Python has nothing of its own for that."""

from __future__ import annotations

import ctypes
import hmac
from functools import cache
from typing import Any

from corefile_runtime.http.web_config import WebConfigError

_ROOM = 1 << 16


@cache
def load_library() -> Any:
    """The library; raises WebConfigError where there is none."""
    try:
        library = ctypes.CDLL("libcrypt.so.1")
        library.crypt_r.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p]
        library.crypt_r.restype = ctypes.c_char_p
    except (OSError, AttributeError):
        raise WebConfigError("basic_auth_users need the library libcrypt.so.1") from None
    return library


def check_password(hashed: str, password: str) -> bool:
    """Whether a hash, of any of bcrypt's versions, is that of a password. Takes long, by design."""
    given = password.encode("utf-8", "surrogateescape")
    if b"\0" in given:
        return False
    kept = "$2b$" + hashed.removeprefix("$2").partition("$")[2]
    found = load_library().crypt_r(given, kept.encode("utf-8", "replace"), ctypes.create_string_buffer(_ROOM))
    return found is not None and hmac.compare_digest(found, kept.encode("utf-8", "replace"))
