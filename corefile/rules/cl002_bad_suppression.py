"""A comment for the linter is not understood.

## What it finds

`# corefile: ignore` without codes in brackets, a code or name that there is not, a code that cannot be ignored, and
words that are nearly `ignore`.

## Why

It ignores nothing, while it looks as if it did.

## Example

```corefile
. {
    # corefile: ignore[CL999] we know
    forward . 192.0.2.53
}
```

## Instead

```corefile
. {
    # we know
    forward . 192.0.2.53
}
```

## Notes

What CoreDNS refuses (CF1xx to CF3xx) cannot be ignored: a comment does not change what it does.

## References

- Comments for the linter: `docs/linting.md`
"""

from __future__ import annotations

from collections.abc import Iterator

from corefile.diag.diagnostic import Severity
from corefile.rules import Finding
from corefile.rules.comments import Comments

severity: Severity = "warning"
since = "0.1.0"


def check_comments(comments: Comments) -> Iterator[Finding]:
    for one in comments.suppressions:
        for message, cure in one.faults:
            yield Finding(one.span, message, cure)
