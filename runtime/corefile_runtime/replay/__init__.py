"""Replay: answers that are given again, and the state that they depend on."""
