"""The fenced listings of a Markdown page, and what they need to be tried: see `docs/README.md`, *Examples*."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

GENERATED = "<!-- generated"
"""How a page begins that is made of specs: its examples are tested where they are written."""

_FENCE = re.compile(r"(?P<indent> *)(?P<ticks>`{3,})(?P<info>[^`]*)")
_COMMENT = re.compile(r"<!-- (?P<kind>env|folder|file) (?P<argument>.*?)-->", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One listing, where it stands, and the files, folders and variables that are there for it.

    `shows` is the listing that follows at once, if that one shows what comes of this one (`text words`).
    """

    page: str
    line: int
    info: tuple[str, ...]
    text: str
    files: dict[str, str] = field(default_factory=dict[str, str])
    folders: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict[str, str])
    shows: Listing | None = None

    @property
    def language(self) -> str:
        return self.info[0] if self.info else ""

    @property
    def expectation(self) -> tuple[str, ...]:
        """What stands behind the language, but for the names of a file and of a package."""
        return tuple(word for word in self.info[1:] if not word.startswith(("file=", "with=")))

    @property
    def name(self) -> str | None:
        """The file that the listing is."""
        return next((word.removeprefix("file=") for word in self.info if word.startswith("file=")), None)

    @property
    def package(self) -> str | None:
        """The package of `docs/tutorials/` that must be installed."""
        return next((word.removeprefix("with=") for word in self.info if word.startswith("with=")), None)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    """The pages that people write: README, CONTRIBUTING, CHANGELOG, `docs/` and its tutorials."""
    found = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    found += sorted((ROOT / "docs").glob("*.md")) + sorted((ROOT / "docs" / "tutorials").glob("*.md"))
    return [str(path.relative_to(ROOT)) for path in found if not _text(path).startswith(GENERATED)]


def listings(page: str) -> list[Listing]:
    """The listings of a page. A file is there from its listing to the end of the page, a variable for one listing."""
    return with_surroundings(page, _text(ROOT / page))


def of_language(*languages: str) -> list[Listing]:
    """The listings in some languages, of all pages."""
    return [listing for page in pages() for listing in listings(page) if listing.language in languages]


def with_surroundings(page: str, text: str) -> list[Listing]:
    """The same for a text."""
    files: dict[str, str] = {}
    folders: list[str] = []
    env: dict[str, str] = {}
    found: list[Listing] = []
    for part in _parts(page, text):
        if isinstance(part, Listing):
            if part.name is not None:
                files[part.name] = part.text
            listing = Listing(
                page=page,
                line=part.line,
                info=part.info,
                text=part.text,
                files=dict(files),
                folders=tuple(folders),
                env=env,
            )
            if part.language == "text" and part.expectation and found:
                found[-1] = _showing(found[-1], listing)
            else:
                found.append(listing)
            env = {}
            continue
        for comment in _COMMENT.finditer(part):
            argument = comment["argument"].strip()
            if comment["kind"] == "env":
                name, _, value = argument.partition("=")
                env[name] = value.encode().decode("unicode_escape")
            elif comment["kind"] == "folder":
                folders.append(argument)
            else:
                name, _, content = argument.partition("\n")
                files[name] = f"{content}\n" if content else ""
    return found


def _showing(listing: Listing, shown: Listing) -> Listing:
    return Listing(
        page=listing.page,
        line=listing.line,
        info=listing.info,
        text=listing.text,
        files=listing.files,
        folders=listing.folders,
        env=listing.env,
        shows=shown,
    )


def _parts(page: str, text: str) -> Iterator[str | Listing]:
    """Listings, and the prose between them."""
    prose: list[str] = []
    body: list[str] = []
    fence: re.Match[str] | None = None
    start = 0
    for number, line in enumerate(text.splitlines(), 1):
        if fence is None:
            fence = _FENCE.fullmatch(line)
            if fence is None:
                prose.append(line)
                continue
            yield "\n".join(prose)
            prose, body, start = [], [], number
        elif line.strip() == fence["ticks"]:
            yield Listing(page=page, line=start, info=tuple(fence["info"].split()), text="".join(body))
            fence = None
        else:
            body.append(line.removeprefix(fence["indent"]) + "\n")
    assert fence is None, f"{page}:{start}: listing without an end"
    yield "\n".join(prose)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def write_files(listing: Listing, folder: Path) -> None:
    """Put the files and folders of a listing into a folder."""
    for name in listing.folders:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, text in listing.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
