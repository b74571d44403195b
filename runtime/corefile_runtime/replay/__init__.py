"""Answers that are given again, and what they hang on."""
