"""The version of this package: the only place where it is written down."""

__version__ = "0.1.0"

COREDNS = "1.14.7"
"""The release of CoreDNS whose Corefiles are understood, word for word."""
