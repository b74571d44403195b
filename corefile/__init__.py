"""A compiler for the Corefile: parse, validate, format and diff the configuration language of CoreDNS."""
