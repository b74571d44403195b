"""Every code of the compiler: its number, its name, what it says in a line, and the page that explains it.

CF1xx is the text: tokens, braces, imports, keys. CF2xx is one directive: its name, arguments and properties. CF3xx is
what several directives or blocks mean together. CoreDNS refuses all of these, unless they are warnings. CF4xx is
decided outside the file, so it is a warning until `--check-files` looks. Numbers are never used twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from corefile.diag.diagnostic import Severity

_PAGES = Path(__file__).parent / "pages"


class Code(NamedTuple):
    """One kind of finding. `number` is what is printed and never changes; `name` is for people."""

    number: str
    name: str
    title: str
    severity: Severity = "error"

    @property
    def page(self) -> str:
        """What it means, why CoreDNS refuses it, an example and what to write instead, in Markdown."""
        return (_PAGES / f"{self.number.lower()}.md").read_text(encoding="utf-8")


_ALL = (
    Code("CF101", "unclosed-block", "a server block or snippet is not closed"),
    Code("CF102", "unexpected-closing-brace", "a '}' closes nothing"),
    Code("CF103", "unexpected-end", "the file ends inside a directive's block or after a comma"),
    Code("CF104", "snippet-without-brace", "a snippet's name is not followed by '{'"),
    Code("CF105", "comma-before-brace", "the last key of a server block ends in a comma"),
    Code("CF106", "snippet-redefined", "a snippet is defined twice"),
    Code("CF107", "snippet-import-loop", "a snippet imports itself, or snippets are imported too often"),
    Code("CF108", "file-import-loop", "files are imported too often"),
    Code("CF109", "import-without-argument", "'import' names nothing to import"),
    Code("CF110", "import-with-arguments", "'import' takes one argument"),
    Code("CF111", "import-of-nothing", "the argument of 'import' is empty"),
    Code("CF112", "import-not-found", "there is no such snippet or file to import"),
    Code("CF113", "import-pattern-wildcards", "an import pattern has more wildcards than CoreDNS allows"),
    Code("CF114", "import-pattern-syntax", "an import pattern is malformed"),
    Code("CF115", "import-unreadable", "a file to import cannot be read"),
    Code("CF116", "corefile-unreadable", "the Corefile cannot be read"),
    Code("CF119", "import-pattern-unmatched", "an import pattern matches no file", "warning"),
    Code("CF121", "port-missing", "a key ends in a colon without a port"),
    Code("CF122", "zone-too-long", "a zone's name is too long"),
    Code("CF123", "zone-invalid", "a key is not a domain name"),
    Code("CF124", "network-invalid", "a key is a network that CoreDNS cannot turn into zones"),
    Code("CF125", "port-invalid", "a key's port is out of range"),
    Code("CF201", "unknown-directive", "no plugin has this name"),
    Code("CF202", "argument-missing", "an argument is missing"),
    Code("CF203", "unexpected-argument", "there are more arguments than are taken"),
    Code("CF204", "unknown-property", "the plugin has no such property"),
    Code("CF205", "not-a-number", "a number is expected"),
    Code("CF206", "number-out-of-range", "a number is outside of what is allowed"),
    Code("CF207", "not-a-duration", "a duration is expected"),
    Code("CF208", "not-an-address", "an address or a network is expected"),
    Code("CF209", "not-a-choice", "a word is none of those that are allowed"),
    Code("CF210", "not-a-zone", "a zone or a name is expected"),
    Code("CF211", "bad-regular-expression", "a regular expression is malformed"),
    Code("CF212", "bad-template", "a template is malformed"),
    Code("CF213", "bad-expression", "an expression is malformed"),
    Code("CF214", "properties-conflict", "a property is missing, or properties exclude one another"),
    Code("CF215", "invalid-value", "a value is not allowed"),
    Code("CF216", "misplaced-brace", "a brace stands where an argument is expected"),
    Code("CF301", "plugin-repeated", "a plugin is used more than once in a server block"),
    Code("CF302", "zone-served-twice", "a zone is served twice by the same listener"),
    Code("CF303", "listeners-overlap", "a zone is served on one address and on all addresses"),
    Code("CF304", "transport-needs-plugin", "a transport lacks the plugin that it needs"),
    Code("CF305", "companion-missing", "a plugin lacks the one that it works with"),
    Code("CF401", "variable-unset", "an environment variable is not set", "warning"),
    Code("CF402", "file-needed", "a file must be there when CoreDNS starts", "warning"),
    Code("CF403", "key-needed", "a certificate or key must be there when CoreDNS starts", "warning"),
    Code("CF404", "host-name-needed", "a host name must resolve when CoreDNS starts", "warning"),
    Code("CF405", "credentials-needed", "credentials must be there when CoreDNS starts", "warning"),
    Code("CF406", "service-needed", "a cluster or service must be there when CoreDNS starts", "warning"),
    Code("CF407", "interface-needed", "the machine must have an interface or address", "warning"),
    Code("CF408", "database-needed", "a database must be there when CoreDNS starts", "warning"),
)

CODES: dict[str, Code] = {code.number: code for code in _ALL}
"""All codes by number, in order."""
