"""A plugin's page: made from its spec, and complete."""

from __future__ import annotations

from dataclasses import replace

from corefile.ir.program import Config
from corefile.plugins.args import Args
from corefile.plugins.order import ORDER
from corefile.plugins.page import plugin_page
from corefile.plugins.spec import Example, Plugin, Property


def unread(config: Config, args: Args) -> Config:
    del args
    return config


SPEC: Plugin[Config] = Plugin(
    name=ORDER[0],
    summary="does something",
    usage=("first A", "first B [ZONES...]"),
    short={"": "A 1", "B": "B ."},
    config=Config,
    description="What it does.\n",
    properties=(
        Property(name="one", read=unread, usage="one N", doc="Sets one", default="1", since="1.2.0"),
        Property(name="two", read=unread, doc="Sets two.", absent="off", until="1.3.0"),
        Property(name="three", read=unread, doc="Sets three.", default="a", beside={"two 2": "b"}, short={"": "c `"}),
        Property(name="four", read=unread, doc="Without effect.", default=""),
    ),
    examples=(Example(title="an example", corefile=". {\n}\n"),),
)


def test_page() -> None:
    assert (
        plugin_page(SPEC)
        == f"""\
# {ORDER[0]}

Does something.

```text
first A
first B [ZONES...] {{
    one N
    two
    three
    four
}}
```

`{ORDER[0]}` is `{ORDER[0]} A 1`; `{ORDER[0]} B` is `{ORDER[0]} B .`.
Without ZONES it is for those of the server block.

What it does.

## Properties

- `one N`: Sets one. Default: `1`. Since CoreDNS 1.2.0.
- `two`: Sets two. Default: off. Until CoreDNS 1.3.0.
- `three`: Sets three. Default: `a`; with `two`: `b`. `three` is `` three c ` ``.
- `four`: Without effect.

## Place in the chain

First of all, before `{ORDER[1]}`: number 1 of {len(ORDER)}. The order of the lines in a Corefile does not change that.

## Examples

An example:

```corefile
. {{
}}
```
"""
    )


def test_a_plugin_without_properties() -> None:
    page = plugin_page(replace(SPEC, name=ORDER[-1], properties=(), examples=(), since="1.9.0", until="1.10.0"))
    assert "Does something. Since CoreDNS 1.9.0. Until CoreDNS 1.10.0.\n" in page
    assert "first A\nfirst B [ZONES...]\n```" in page
    assert f"After `{ORDER[-2]}`, last of all: number {len(ORDER)} of {len(ORDER)}." in page
    assert "## Properties" not in page
    assert "## Examples" not in page


def test_a_usage_that_has_its_block_already() -> None:
    page = plugin_page(replace(SPEC, usage=("first {\n    one N\n}",)))
    assert "```text\nfirst {\n    one N\n}\n```" in page
