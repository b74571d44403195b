"""A plugin is never asked, because an earlier one answers everything.

## What it finds

A plugin that answers, behind one that leaves it no query: a `forward` behind `hosts` without `fallthrough`, a `grpc`
behind `forward`, a narrower `forward` behind a broad one.

## Why

A query passes the plugins in the order in which CoreDNS was built, not in that of the lines. Each may answer or hand
on. Most that serve a zone answer for all of it: a name that they do not know is NXDOMAIN (from `hosts`, SERVFAIL), and
whoever stands behind is not asked. `fallthrough` makes them hand on what they do not know.

## Example

```corefile
. {
    hosts {
        192.0.2.10 www.example.org
    }
    forward . 192.0.2.53
}
```

## Instead

```corefile
. {
    hosts {
        192.0.2.10 www.example.org
        fallthrough
    }
    forward . 192.0.2.53
}
```

## Notes

What a plugin answers is declared in its spec. Plugins that answer only some queries of their zones (`auto`, a
`template` for one type, a `forward` with `next`) hide nothing. In a block with `rewrite` a name may become any other.

The fix adds `fallthrough` to the earlier plugin. It is unsafe: names that do not exist there get the answers of the
next one.

Of 562 Corefiles from public repositories that CoreDNS takes, 19 have this, in 21 places; all are right.

## References

- CoreDNS, order of plugins: https://github.com/coredns/coredns/blob/master/plugin.cfg
- coredns/coredns#7942, #5312, #5350, #1945
"""

from __future__ import annotations

from collections.abc import Iterator

from corefile.compiler import Compiled
from corefile.diag.diagnostic import Related, Severity
from corefile.rules import Finding
from corefile.rules.chains import Chain, Link, answering, opens_with_fallthrough
from corefile.rules.edits import add_property, fix

severity: Severity = "warning"
since = "0.1.0"


def check(compiled: Compiled) -> Iterator[Finding]:
    for index, block in enumerate(compiled.program.blocks):
        chain = answering(block, index)
        for at in range(1, len(chain.links)):
            found = _find(chain, at)
            if found is not None:
                yield found


def _find(chain: Chain, at: int) -> Finding | None:
    """What is said of a link to which no query gets."""
    link = chain.links[at]
    hidden = [(chain.hiding(at, zone), zone) for zone in link.names]
    earlier, zone = hidden[0] if hidden else (None, "")
    if earlier is None or not all(other for other, _ in hidden):
        return None
    related = (Related("answers first", earlier.use.span),)
    rest = [earlier.answers.rest] if earlier.answers.rest else []
    rest += ["zone transfers"] if link.use.block.plugin("transfer") is not None else []
    notes = (f"only {' and '.join(rest)} get there",) if rest else ()
    message = f"'{link.use.name}' is never asked: '{earlier.use.name}' answers everything in '{zone}' before it"
    if opens_with_fallthrough(earlier, zone):
        mend = fix([add_property(earlier.use, "fallthrough")], safe=False)
        return Finding(link.use.span, message, f"add 'fallthrough' to '{earlier.use.name}'", notes, related, mend)
    return Finding(link.use.span, message, _help(link, earlier), notes, related)


def _help(link: Link, earlier: Link) -> str:
    if link.use.name != earlier.use.name:
        return f"take one of them out: '{earlier.use.name}' comes first whatever the order of the lines"
    return f"of several '{link.use.name}' the first that fits is asked: put the narrower one first"
