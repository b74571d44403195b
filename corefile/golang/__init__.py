"""Go's own value syntaxes, as CoreDNS uses them.

CoreDNS hands many words of a Corefile straight to a Go library: durations and integers, regular expressions,
text/template and expr-lang. The modules here decide, without Go, what those libraries accept, and give the runtime
their meaning. Each module stands alone, so that a Corefile without templates never pays for their parser; import
from the module that you need (`corefile.golang.values`, `.regexp`, `.texttemplate`, `.exprlang`).

Text is `str`; a byte that is no UTF-8 is a lone surrogate, as `errors="surrogateescape"` decodes it.
"""
