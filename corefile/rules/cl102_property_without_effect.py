"""A property does nothing.

## What it finds

Properties that CoreDNS still takes and no longer looks at, such as `upstream` of `file` and `etcd`.

## Why

They were something once. Who reads the Corefile believes that they still are; and other releases refuse them, as it
has happened to `upstream` in `kubernetes`.

## Example

```corefile
example.org {
    file db.example.org {
        reload 30s
        upstream 192.0.2.53
    }
}
```

## Instead

```corefile
example.org {
    file db.example.org {
        reload 30s
    }
}
```

## Notes

The fix takes the line out, and the braces if nothing else is in them. It is safe: nothing is answered otherwise.

Of 562 Corefiles from public repositories that CoreDNS takes, four have this; all are right.

## References

- CoreDNS 1.7.0, release notes: `upstream` is a no-op
- minio/minio#8344, kubernetes/kubernetes#82889
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from corefile.compiler import Compiled
from corefile.diag.diagnostic import Severity
from corefile.plugins.spec import known, load, no_effect
from corefile.plugins.uses import chain
from corefile.rules import Finding
from corefile.rules.edits import delete_line, fix

severity: Severity = "info"
since = "0.1.0"


def check(compiled: Compiled) -> Iterator[Finding]:
    idle = {name for name in compiled.index.names() if _idle(name)}
    for index, block in enumerate(compiled.program.blocks) if idle else ():
        for use in chain(block, index, idle):
            for prop in _idle(use.name):
                for word in use.named(prop):
                    message = f"'{prop}' of '{use.name}' has no effect, CoreDNS takes it and does nothing with it"
                    yield Finding(word.span, message, "leave it out", fix=fix([delete_line(use, word)]))


@cache
def _idle(name: str) -> tuple[str, ...]:
    """The properties of a plugin that do nothing, by its spec."""
    return tuple(prop.name for prop in load(name).properties if prop.read is no_effect) if known(name) else ()
