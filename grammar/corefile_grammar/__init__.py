"""The shape of a Corefile's text: words, lines and braces, and nothing about plugins or DNS."""
