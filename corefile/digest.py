"""The hash of a configuration, the one that CoreDNS's `reload` writes and shows: equal for the same files.

It is taken of the server blocks as CoreDNS's parser leaves them, before any plugin has looked, in Go's JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from hashlib import sha512

from corefile.ir.document import ExpandedCorefile, ServerBlock
from corefile.ir.source import Source, Word
from corefile.syntax.lexer import lex

# What Go's `encoding/json` escapes besides: for HTML, for JavaScript, and octets that are not UTF-8.
_ESCAPED = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def digest(expanded: ExpandedCorefile) -> str:
    """The SHA-512 in hexadecimal. Comments and blank lines count as far as they move a line; imports do not."""
    blocks = [_render_block(block) for block in expanded.blocks if block.keys]
    return sha512((f"[{','.join(blocks)}]" if blocks else "null").encode()).hexdigest()


def _render_block(block: ServerBlock) -> str:
    keys = ",".join(_render(word.text) for word in block.keys)
    tokens: dict[str, list[Word]] = {}
    for directive in block.directives:
        tokens.setdefault(directive.name, []).extend(_as_parsed(directive.words))
    uses = ",".join(f"{_render(name)}:[{','.join(map(_render_word, tokens[name]))}]" for name in sorted(tokens))
    return f'{{"Keys":[{keys}],"Tokens":{{{uses}}}}}'


def _as_parsed(words: Iterable[Word]) -> Iterator[Word]:
    """CoreDNS replaces variables in all words of a directive but its name, which it only looks up with its value."""
    name, *others = words
    raw = name.raw
    yield name.with_text(lex(Source("", raw))[0].text) if "{" in raw else name
    yield from others


def _render_word(word: Word) -> str:
    return f'{{"File":{_render(word.source.file)},"Line":{word.line},"Text":{_render(word.text)}}}'


def _render(text: str) -> str:
    rendered = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(_escape, rendered) if _ESCAPED.search(rendered) else rendered


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code if code < 0xD800 or code > 0xDFFF else 0xFFFD:04x}"
