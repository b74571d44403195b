"""Go's text/template, as CoreDNS's `template` plugin uses it."""

from corefile.golang.texttemplate.nodes import Template
from corefile.golang.texttemplate.parser import parse

__all__ = ["Template", "parse"]
