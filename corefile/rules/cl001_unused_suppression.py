"""A comment ignores what is not found.

## What it finds

Codes in `# corefile: ignore[...]` and `ignore-file[...]` for which there is nothing to ignore.

## Why

What was ignored has been mended, or stands on another line now. The comment would hide the next mistake of its kind,
and readers look for a reason that is gone.

## Example

```corefile
. {
    # corefile: ignore[CL201] the forward is for tests
    forward . 192.0.2.53
}
```

## Instead

```corefile
. {
    forward . 192.0.2.53
}
```

## Notes

Only comments of the file that was asked for are looked at: an imported one may serve other Corefiles. Rules that were
not asked (`--select`, `--ignore`) and codes that the environment decides (CF4xx) are never unused.

The fix takes the code out of the comment, or all of the comment. It is safe.

## References

- Comments for the linter: `docs/linting.md`
"""

from __future__ import annotations

from collections.abc import Iterator

from corefile.diag.diagnostic import Edit, Fix, Severity
from corefile.rules import Finding
from corefile.rules.comments import Comments, Suppression

severity: Severity = "warning"
since = "0.1.0"


def check_comments(comments: Comments) -> Iterator[Finding]:
    compiled = comments.compiled
    if compiled.verdict == "reject":
        return
    for one in comments.suppressions:
        unused = [code for code in one.codes if code.startswith("CL") and code not in one.used and comments.ran(code)]
        if one.source.path == compiled.path and unused and not one.faults:
            where = "in this file" if one.lines is None else "here"
            message = f"nothing {where} is found by {', '.join(unused)}, which this comment ignores"
            yield Finding(one.span, message, "take it out", fix=_shorter(one, unused))


def _shorter(one: Suppression, unused: list[str]) -> Fix | None:
    """The comment without the codes, or no comment; None if it shares its line with another comment."""
    text, source = one.source.text, one.source
    line = text.rfind("\n", 0, one.start) + 1
    end = text.find("\n", one.end)
    end = len(text) if end < 0 else end
    if len(unused) < len(one.codes):
        kept = [name for name, code in zip(one.names, one.codes, strict=True) if code not in unused]
        start, stop = text.index("[", one.start) + 1, text.index("]", one.start)
        return Fix((Edit(source.span(start, stop), ", ".join(kept)),))
    if text[one.end : end].strip():
        return None
    before = text[line : one.start]
    if before.strip():
        return Fix((Edit(source.span(line + len(before.rstrip()), one.end), ""),))
    return Fix((Edit(source.span(line, min(end + 1, len(text))), ""),))
