"""What nobody needs to see of a URL: user and password before its host, and keys among its parameters."""

from __future__ import annotations

import re
from collections.abc import Callable

REDACTED = "redacted"
_USER = re.compile(r"(?<=://)([^/?#\s]+)(?=@)")
_PARAMETER = re.compile(
    r"(?<=[?&])([^=&#\s]*(?:token|key|secret|pass|pwd|sig|auth|cred)[^=&#\s]*=)([^&#\s'\"`]+)", re.IGNORECASE
)


def without_url_secrets(text: str, mask: Callable[[str], str] = lambda _secret: REDACTED) -> str:
    """A text, of which URLs may be a part, with something else in the place of their secrets."""
    if "://" not in text:
        return text
    text = _USER.sub(lambda found: mask(found[1]), text)
    return _PARAMETER.sub(lambda found: found[1] + mask(found[2]), text) if "?" in text else text
