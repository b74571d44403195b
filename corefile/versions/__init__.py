"""Differences between CoreDNS releases."""
