"""CoreDNS's own flags, so that `corefile` can stand where `coredns` did: one dash or two, a value behind `=` or not."""

from __future__ import annotations

VALUES = {"conf", "dns.port", "p", "pidfile", "env", "cpu", "log_file"}
"""Flags with a value."""

SWITCHES = {"validate", "plugins", "version", "quiet"}


def translate(arguments: list[str]) -> list[str]:
    """The same as a subcommand, if the first argument is one of CoreDNS's flags; else as they are."""
    first = _flag(arguments[0])
    if first not in VALUES | SWITCHES or arguments[0] == "--version":
        return arguments
    flags = {_flag(argument) for argument in arguments if argument.startswith("-")}
    if "plugins" in flags:
        return ["plugins", "--coredns"]
    if "version" in flags:
        return ["version"]
    if "validate" in flags:
        return ["lint", *_without_validate(arguments)]
    return ["run", *arguments]


def _flag(argument: str) -> str:
    return argument.lstrip("-").partition("=")[0]


def _without_validate(arguments: list[str]) -> list[str]:
    """Arguments of `lint`: the file, its default, and what `lint` itself understands."""
    rest: list[str] = []
    paths: list[str] = []
    words = iter(arguments)
    for word in words:
        flag, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-") and flag == "conf":
            paths.append(value if equals else next(words, ""))
        elif word.startswith("-") and flag in {"validate", "quiet"}:
            continue
        else:
            rest.append(word)
    return [*rest, *("-" if path == "stdin" else path for path in paths or ["Corefile"])]
