"""Go's text/template, as CoreDNS's `template` plugin uses it.

`parse` judges a template; `corefile.golang.texttemplate.compiler` runs one, and is imported only by what serves.
"""

from corefile.golang.texttemplate.nodes import Template
from corefile.golang.texttemplate.parser import parse

__all__ = ["Template", "parse"]
