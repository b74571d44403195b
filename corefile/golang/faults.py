"""The exceptions of the parsers of Go's value syntaxes."""


class SyntaxFault(ValueError):
    """A text that Go would refuse, and where.

    `start` and `end` are offsets in characters of the text that was parsed, 0-based, `end` exclusive; at the end of
    the text both are its length.
    """

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class ValueFault(ValueError):
    """A word that is no value of its type.

    `reason` is Go's own reason, `"invalid syntax"` or `"value out of range"` for numbers and for durations
    `"invalid duration"`, `"missing unit"` or `"unknown unit"`: some plugins branch on it.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


class EvaluationFault(Exception):
    """A template or expression that failed while it ran, as the same one would fail in Go."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
