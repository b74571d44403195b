"""From text to program: the one way in for `lint`, `diff`, `ir`, `run` and the Python API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from corefile.diag.diagnostic import Diagnostic
from corefile.ir.program import Program
from corefile.ir.source import Source

Verdict = Literal["accept", "reject", "environment"]


class Options(NamedTuple):
    """What a compilation may know of the world around the Corefile.

    `env` are the variables that `{$NAME}` sees. `check_files` also looks at the files that the Corefile names, and makes
    what is missing an error. `external_plugins` are directives that this CoreDNS has beside the built-in ones.
    `import_root` confines imports to a folder. `read_import` reads what stands beside a Corefile that is no file of its own
    (a ConfigMap's keys, a git revision): absolute path to bytes, None where there is nothing; without it the disk is read.
    `default_port` is that of `-dns.port`.
    """

    env: Mapping[str, str] = {}
    check_files: bool = False
    external_plugins: frozenset[str] = frozenset()
    import_root: str = ""
    read_import: Callable[[str], bytes | None] | None = None
    list_imports: Callable[[], list[str]] | None = None
    default_port: str = "53"
    extensions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What came of a Corefile: its program (also when it has faults: what could be read), and all that is to be said.

    `refusal` is the index of the diagnostic at which CoreDNS itself would stop, None where it would not.
    `sources` has every text by path, for excerpts.
    """

    path: str
    verdict: Verdict
    diagnostics: tuple[Diagnostic, ...]
    program: Program
    refusal: int | None = None
    sources: Mapping[str, Source] = field(default_factory=dict[str, Source], compare=False, repr=False)


def compile_corefile(text: str | bytes | Source, path: str = "Corefile", options: Options = Options()) -> Compiled:
    """Read, expand, check and link one Corefile.

    Bad input gives diagnostics, never an exception.
    """
    raise NotImplementedError
