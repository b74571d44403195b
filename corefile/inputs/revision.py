"""Corefiles of a git revision, `git:REV:PATH`: the file and everything that it imports come from that tree.

PATH is taken from the working directory, as paths without `git:` are.
"""

from __future__ import annotations

import os
import subprocess

from corefile.inputs import InputFault
from corefile.inputs.search import REVISION

LINKS = 10
"""Symbolic links that are followed in a row."""


class Tree:
    """The files of a commit, by their absolute paths in the working tree."""

    def __init__(self, top: str, commit: str) -> None:
        self._top = top
        self._entries: dict[str, tuple[str, str]] = {}
        for line in _git("ls-tree", "-r", "-z", "--full-tree", commit).decode("utf-8", "surrogateescape").split("\0"):
            facts, _, name = line.partition("\t")
            if name:
                mode, _, identity = facts.split(" ")
                self._entries[self.absolute(name)] = (mode, identity)

    def absolute(self, name: str) -> str:
        """Where a file of the tree would be in the working tree."""
        return os.path.normpath(os.path.join(self._top, name))

    def listing(self) -> list[str]:
        """All files."""
        return list(self._entries)

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None if the tree has none there."""
        for _ in range(LINKS):
            mode, identity = self._entries.get(path, ("", ""))
            if not identity or mode == "160000":
                return None
            data = _git("cat-file", "blob", identity)
            if mode != "120000":
                return data
            path = os.path.normpath(os.path.join(os.path.dirname(path), os.fsdecode(data)))
        return None


def load_revision(argument: str) -> tuple[Tree, str, bytes]:
    """The tree that `git:REV:PATH` names, the path in it, and its bytes. Raises `InputFault`."""
    revision, _, path = argument.removeprefix(REVISION).partition(":")
    if not revision or not path:
        raise InputFault("not of the form git:REV:PATH")
    top = os.fsdecode(_git("rev-parse", "--show-toplevel")).rstrip("\n")
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", wanted=revision)
    tree = Tree(top, commit.decode("ascii").strip())
    folder = os.path.realpath(os.path.dirname(path))
    name = os.path.relpath(os.path.join(folder, os.path.basename(path)), os.path.realpath(top))
    data = tree.read(tree.absolute(name))
    if data is None:
        raise InputFault(f"cannot be read: no file '{path}' in revision '{revision}'")
    return tree, name, data


def _git(*arguments: str, wanted: str = "") -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except OSError:
        raise InputFault("cannot be read: git is not installed") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = f"no revision '{wanted}'" if wanted else lines[-1] if lines else "git failed"
        raise InputFault(f"cannot be read: {reason}")
    return done.stdout
