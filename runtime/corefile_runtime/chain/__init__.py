"""How a program becomes chains of plugins, and what passes through them: queries, replies, inner queries."""
