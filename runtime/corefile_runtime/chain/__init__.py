"""Chains of plugins, made from a program, and what passes through them: queries, replies, inner queries."""
