"""A parser of Go's regular expressions that keeps only what acceptance depends on.

`regexp.Compile` refuses by syntax and by three measures of the tree it builds: nesting (1000), the product of nested
repetitions (1000) and the size of the program. A node here is those measures; the tree itself is never built.
"""

from __future__ import annotations

import re

from corefile.golang.faults import SyntaxFault

LITERAL, CLASS, EMPTY, OTHER, CONCAT, ALTERNATE, BAR, PAREN = range(8)
MAX_HEIGHT = 1000
MAX_REPEAT = 1000
MAX_SIZE = (128 << 20) // 40  # instructions of 40 bytes in 128 MB

_PLAIN = re.compile(r"[^()|^$.*+?{\[\\]+")
_COUNT = re.compile(r"\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\}")
_NAME = re.compile(r"[A-Za-z0-9_]+")
_BYTE = re.compile("[\ud800-\udfff]")


class Node:
    """The measures of one subexpression; for a parenthesis or a bar, what the stack must remember of it."""

    __slots__ = ("fold", "height", "kind", "size", "start", "times", "weight")

    def __init__(self, kind: int, height: int = 1, size: int = 1, weight: int = 1) -> None:
        self.kind = kind
        self.height = height
        self.size = size
        self.weight = weight
        self.times = 1
        self.fold = False
        self.start = -1


class Parser:
    """One pass over a pattern; `edits` collects what RE2 must be told differently, `names` the groups' names."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.names: list[str] = [""]
        self.edits: list[tuple[int, int, str]] = []
        self.fold = False
        self._stack: list[Node] = []
        self._repeat_at = -1  # where the repetition operator just before this place starts, or -1
        self._live = self._nodes = 0
        self._repeats = 1
        self._sized = False

    def parse(self) -> None:
        """Raise SyntaxFault where Go would refuse the pattern."""
        text = self.text
        if (byte := _BYTE.search(text)) is not None:
            raise SyntaxFault("the pattern holds a byte that is not UTF-8", byte.start(), byte.end())
        while self.at < len(text):
            if run := _PLAIN.match(text, self.at):
                self._literals(run.end() - self.at)
                self.at, self._repeat_at = run.end(), -1
            else:
                self._special(text[self.at])
        self._close_alternatives()
        for node in self._stack:
            if node.kind == PAREN:
                raise SyntaxFault("'(' is never closed: a ')' is missing", node.start, node.start + 1)

    def _special(self, char: str) -> None:
        repeat_at = -1
        if char in "*+?":
            repeat_at = self.at
            self._repeat(char, 0, 0, self.at + 1)
        elif char == "{":
            if count := _COUNT.match(self.text, self.at):
                repeat_at = self.at
                self._count(count)
            else:
                self._one_literal(self.at + 1)
        elif char == "(":
            self._open()
        elif char == ")":
            self._close()
        elif char == "|":
            self._bar()
            self.at += 1
        elif char == "[":
            from corefile.golang.regexp_classes import parse_class

            self.at = parse_class(self.text, self.at, self.edits)
            self._push(self._node(CLASS))
        elif char == "\\":
            self._escape()
        else:
            self._push(self._node(CLASS if char == "." else OTHER))
            self.at += 1
        self._repeat_at = repeat_at

    def _escape(self) -> None:
        from corefile.golang.regexp_classes import parse_escape, parse_group

        following = self.text[self.at + 1 : self.at + 2]
        if following and following in "AbBz":
            self._push(self._node(OTHER))
            self.at += 2
        elif following == "Q":
            end = self.text.find("\\E", self.at + 2)
            self._literals((end if end >= 0 else len(self.text)) - self.at - 2)
            self.at = end + 2 if end >= 0 else len(self.text)
        elif (end := parse_group(self.text, self.at, self.edits)) > 0:
            self._push(self._node(CLASS))
            self.at = end
        else:
            _, end = parse_escape(self.text, self.at)
            self._one_literal(end)

    # Groups and alternatives.

    def _open(self) -> None:
        if self.text.startswith("(?", self.at):
            self._open_perl()
            return
        self.names.append("")
        self._push_group(1)

    def _push_group(self, captures: int) -> None:
        node = self._node(PAREN)
        node.fold = self.fold
        node.start = self.at
        node.size = captures
        self._push(node)
        self.at += 1

    def _open_perl(self) -> None:
        start = self.at
        if self.text.startswith(("(?P<", "(?<"), start):
            self._open_named(self.text.index("<", start) + 1)
            return
        end, opens, fold = parse_flags(self.text, start, self.fold)
        if opens:
            self._push_group(0)
        self.fold = fold
        self.at = end

    def _open_named(self, at: int) -> None:
        end = self.text.find(">", at)
        name = self.text[at : max(end, at)]
        if not _NAME.fullmatch(name):
            if self.text[at : at + 1] in ("=", "!"):
                raise no_lookaround(self.text, self.at, at + 1)
            if end < 0:
                raise SyntaxFault("the group's name is never closed: a '>' is missing", self.at, len(self.text))
            raise SyntaxFault(f"'{name}' is not a group's name: letters, digits and '_' are allowed", self.at, end + 1)
        self.names.append(name)
        self.edits.append((self.at, end + 1, "("))
        self._push_group(1)
        self.at = end + 1

    def _close(self) -> None:
        self._close_alternatives()
        if len(self._stack) < 2 or self._stack[-2].kind != PAREN:
            raise SyntaxFault("')' closes nothing: no '(' is open here", self.at, self.at + 1)
        inner = self._stack.pop()
        opened = self._stack.pop()
        self.fold = opened.fold
        if opened.size:
            self._push(Node(OTHER, inner.height + 1, inner.size + 2, inner.weight))
        else:
            self._push(inner)
        self.at += 1

    def _bar(self) -> None:
        self._close_concatenation()
        if not self._swap_bar():
            self._push(self._node(BAR))

    def _close_alternatives(self) -> None:
        self._close_concatenation()
        if self._swap_bar():
            self._stack.pop()
        parts = self._above_opening()
        self._push(self._collapse(parts, ALTERNATE) if parts else self._node(EMPTY))

    def _close_concatenation(self) -> None:
        self._join_literals()
        parts = self._above_opening()
        self._push(self._collapse(parts, CONCAT) if parts else self._node(EMPTY))

    def _above_opening(self) -> list[Node]:
        """Take off the stack what stands above the topmost bar or parenthesis."""
        first = len(self._stack)
        while first > 0 and self._stack[first - 1].kind < BAR:
            first -= 1
        parts = self._stack[first:]
        del self._stack[first:]
        return parts

    def _swap_bar(self) -> bool:
        """Move a finished alternative below the bar under it; single characters merge into one class."""
        stack = self._stack
        if len(stack) < 2 or stack[-2].kind != BAR:
            return False
        if len(stack) >= 3 and _is_char(stack[-1]) and _is_char(stack[-3]):
            stack.pop()
            self._live -= 1
            stack[-2] = Node(CLASS)
            return True
        stack[-2], stack[-1] = stack[-1], stack[-2]
        return True

    def _collapse(self, parts: list[Node], kind: int) -> Node:
        if len(parts) == 1:
            return parts[0]
        node = self._node(kind)
        if kind == ALTERNATE:
            parts = [part for at, part in enumerate(parts) if not (at and _is_char(part) and _is_char(parts[at - 1]))]
            if len(parts) == 1:
                return parts[0]
        node.size = sum(part.size for part in parts) + (len(parts) - 1 if kind == ALTERNATE else 0)
        node.weight = max(part.weight for part in parts)
        node.height = max(part.height + (part.kind != kind) for part in parts)
        self._live -= sum(part.kind == kind for part in parts)
        return node

    # Repetition.

    def _count(self, count: re.Match[str]) -> None:
        low, comma, high = count.groups()
        least = min(int(low[:9]), 10**8)
        most = least if comma is None else -1 if high is None else min(int(high[:9]), 10**8)
        if least > MAX_REPEAT or most > MAX_REPEAT:
            raise SyntaxFault(f"'{count.group()}' repeats too often: at most 1000 is allowed", self.at, count.end())
        if 0 <= most < least:
            raise SyntaxFault(f"'{count.group()}' has its bounds the wrong way round", self.at, count.end())
        self._repeat("{", least, most, count.end())

    def _repeat(self, operator: str, least: int, most: int, end: int) -> None:
        start = self.at
        if self.text.startswith("?", end):
            end += 1
        if self._repeat_at >= 0:
            doubled = self.text[self._repeat_at : end]
            raise SyntaxFault(f"'{doubled}' repeats a repetition: put '(?:…)' around the first", self._repeat_at, end)
        if not self._stack or self._stack[-1].kind >= BAR:
            raise SyntaxFault(f"'{self.text[start:end]}' has nothing before it to repeat", start, end)
        self._nodes_up()
        repeated = _repeated(self._stack[-1], operator, least, most)
        self._stack[-1] = repeated
        self._check_limits(repeated)
        if operator == "{" and (least >= 2 or most >= 2) and repeated.weight > MAX_REPEAT:
            raise SyntaxFault(
                f"'{self.text[start:end]}' multiplies with the repetition inside it to more than 1000", start, end
            )
        self.at = end

    # The stack.

    def _one_literal(self, end: int) -> None:
        self._literals(1)
        self.at = end

    def _literals(self, count: int) -> None:
        """Push `count` literal characters; the last stays apart, as a repetition would take only it."""
        for size in (count - 1, 1) if count > 1 else (count,):
            if size > 0:
                node = self._node(LITERAL)
                node.size = size
                node.fold = self.fold
                self._push(node)

    def _node(self, kind: int) -> Node:
        self._nodes_up()
        return Node(kind)

    def _nodes_up(self) -> None:
        self._live += 1
        self._nodes = max(self._nodes, self._live)

    def _join_literals(self) -> None:
        stack = self._stack
        if len(stack) < 2:
            return
        below, above = stack[-2], stack[-1]
        if below.kind == above.kind == LITERAL and below.fold == above.fold:
            below.size += above.size
            stack.pop()
            self._live -= 1

    def _push(self, node: Node) -> None:
        self._join_literals()
        self._stack.append(node)
        self._check_limits(node)

    def _check_limits(self, node: Node) -> None:
        if node.height > MAX_HEIGHT:
            raise SyntaxFault(f"the pattern nests deeper than {MAX_HEIGHT} levels", 0, len(self.text))
        if not self._sized:
            # As in Go, a repetition counts again each time that it is pushed; this decides when sizes start to matter.
            self._repeats = min(MAX_SIZE, self._repeats * node.times)
            if self._nodes < MAX_SIZE // self._repeats:
                return
            self._sized = True
            if any(below.size > MAX_SIZE for below in self._stack):
                raise self._too_large()
        if node.size > MAX_SIZE:
            raise self._too_large()

    def _too_large(self) -> SyntaxFault:
        return SyntaxFault("the pattern is too large with its repetitions written out", 0, len(self.text))


def _is_char(node: Node) -> bool:
    return node.kind == CLASS or (node.kind == LITERAL and node.size == 1)


def _repeated(inner: Node, operator: str, least: int, most: int) -> Node:
    height, size, weight = inner.height + 1, inner.size, inner.weight
    if operator != "{":
        return Node(OTHER, height, size + (2 if operator == "*" else 1), weight)
    times = max(1, most if most >= 0 else least)
    endless = 1 + least * size if least else 2 + size
    size = endless if most < 0 else most * size + most - least
    node = Node(OTHER, height, max(1, size), times * max(1, weight) if most else 0)
    node.times = times
    return node


def parse_flags(text: str, start: int, fold: bool) -> tuple[int, bool, bool]:
    """Read `(?flags)` or `(?flags:`: the place after it, whether it opens a group, and whether case is folded."""
    at, positive, seen = start + 2, True, False
    while at < len(text):
        char = text[at]
        at += 1
        if char in "imsU":
            seen = True
            if char == "i":
                fold = positive
        elif char == "-" and positive:
            positive, seen = False, False
        elif char in ":)" and (positive or seen):
            return at, char == ":", fold
        else:
            raise _no_perl(text, start, at, char)
    raise SyntaxFault("'(?' is never finished: flags and ':' or ')' must follow", start, len(text))


def no_lookaround(text: str, start: int, end: int) -> SyntaxFault:
    """`(?=`, `(?!`, `(?<=`, `(?<!`: Perl has them, Go has not."""
    return SyntaxFault(f"'{text[start:end]}' looks around, which Go's regular expressions cannot do", start, end)


def _no_perl(text: str, start: int, end: int, char: str) -> SyntaxFault:
    if char in "=!" and end == start + 3:
        return no_lookaround(text, start, end)
    return SyntaxFault(
        f"'{text[start:end]}' is unknown: after '(?' the flags i, m, s, U with ':' or ')', or 'P<name>' are allowed",
        start,
        end,
    )
