"""Messages as `debug` writes them, for Wireshark's text2pcap."""

from __future__ import annotations

PREFIX = "debug: "
WIDTH = 16


def render_hexdump(wire: bytes) -> str:
    """Lines of an offset and up to 16 octets, the last one with the length alone; each with a prefix to find it by."""
    lines = [f"{PREFIX}{at:06x} {wire[at : at + WIDTH].hex(' ')}" for at in range(0, len(wire), WIDTH)]
    return "\n".join((*lines, f"{PREFIX}{len(wire):06x}"))
