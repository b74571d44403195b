"""Syntax, from text to server blocks: words, variables, imports and keys; and the document that the formatter reads."""
