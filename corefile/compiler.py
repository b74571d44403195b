"""The compiler, from text to program: the one way in for `lint`, `diff`, `ir`, `run` and the Python API."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from corefile.checks.companions import check_companions
from corefile.checks.placement import check_placement
from corefile.checks.servers import check_servers
from corefile.checks.setup import Setup
from corefile.diag.diagnostic import Diagnostic, Rank, Verdict
from corefile.ir.document import ExpandedCorefile, ServerBlock
from corefile.ir.program import Block, Config, Key, Program
from corefile.ir.source import Source, Span
from corefile.link import link
from corefile.plugins import external
from corefile.plugins.order import EXTENSIONS, ORDER
from corefile.plugins.uses import Use, UseIndex
from corefile.syntax.imports import SIZE_LIMIT, Importer
from corefile.syntax.keys import read_keys
from corefile.syntax.lexer import TooLarge, decode
from corefile.syntax.reader import Reader

C = TypeVar("C", bound=Config)


class Options(NamedTuple):
    """What a compilation may know of the world around the Corefile.

    `env` are the variables that `{$NAME}` sees. `check_files` also looks at the files that the Corefile names, and
    makes what is missing an error. `external_plugins` are directives that this CoreDNS has beside the built-in ones.
    `import_root` confines imports to a folder. `read_import` and `list_imports` read what stands beside a Corefile
    that is no file of its own (a ConfigMap's keys, a git revision): absolute path to bytes, None where there is
    nothing, and all paths; without them the disk is read. `default_port` is that of `-dns.port`. With `extensions`
    the plugins that CoreDNS does not have are known too: `run` and `ir` set it, `lint` does not. `serves_here` says
    that this machine is the one that will serve: what hangs on variables and files is decided, and refuses.
    """

    env: Mapping[str, str] = {}
    check_files: bool = False
    external_plugins: frozenset[str] = frozenset()
    import_root: str = ""
    read_import: Callable[[str], bytes | None] | None = None
    list_imports: Callable[[], list[str]] | None = None
    default_port: str = "53"
    extensions: bool = False
    serves_here: bool = False


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
    expanded: ExpandedCorefile = field(default_factory=ExpandedCorefile, compare=False, repr=False)
    index: UseIndex = field(default_factory=lambda: UseIndex(()), compare=False, repr=False)

    def uses(self, kind: type[C]) -> Iterator[Use[C]]:
        """All uses of a plugin, by the class of its config: `compiled.uses(Forward)`.

        In the order of the blocks, and in a block in that of the text. Uses with a fault are left out: their config is
        not what was meant.
        """
        return (use for use in self.index.find(kind) if use.is_sound)


DEFAULTS = Options()


def compile_corefile(text: str | bytes | Source, path: str = "Corefile", options: Options = DEFAULTS) -> Compiled:
    """Read, expand, check and link one Corefile.

    Bad input gives diagnostics, never an exception.
    """
    source = _source(text, path)
    importer = Importer(options.import_root, options.read_import, options.list_imports)
    if len(source.text) > SIZE_LIMIT:
        return _too_large(Source(source.path, ""), f"it has more than {SIZE_LIMIT >> 20} MiB", [], importer)
    found: list[Diagnostic] = []
    try:
        reader = Reader(source, options.env, importer, _known(options))
        found = reader.faults.found
        expanded = reader.read()
    except TooLarge as error:
        return _too_large(source, str(error), found, importer)
    found = list(found)
    served = tuple(block for block in expanded.blocks if block.keys) or _default_blocks(options.default_port)
    setup = Setup(options.check_files, options.serves_here)
    blocks: list[Block] = []
    for index, block in enumerate(served):
        keys, faults = read_keys(block.keys, options.default_port)
        found += faults
        blocks.append(_block(index, block, keys, setup))
    found += setup.diagnostics()
    names = frozenset(use.name for block in blocks for use in block.plugins)
    found += check_placement(blocks, names)
    found += check_servers(blocks)
    found += check_companions(blocks, names)
    unset = () if options.serves_here else reader.unset
    found = [_excused(_with_package(diagnostic), unset) for diagnostic in found]
    return _compiled(source, found, link(blocks), importer, expanded)


def _source(text: str | bytes | Source, path: str) -> Source:
    if isinstance(text, Source):
        return text
    return Source(path, decode(text) if isinstance(text, bytes) else text.removeprefix("\ufeff"))


def _known(options: Options) -> Collection[str]:
    """The directives that are known: CoreDNS's, those that are declared, and those that installed packages bring."""
    return KnownDirectives(
        [name for name in ORDER if options.extensions or name not in EXTENSIONS] + sorted(options.external_plugins)
    )


class KnownDirectives(dict[str, None]):
    """Names in their order. What is none of them may be a plugin from outside, which is looked for then."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(dict.fromkeys(names))

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (name not in EXTENSIONS and external.find(str(name)) is not None)


def _block(index: int, block: ServerBlock, keys: tuple[Key, ...], setup: Setup) -> Block:
    uses = setup.read_block(index, block)
    first = block.keys[0] if block.keys else None
    bound = next((use for use in uses if use.name == "bind"), None)
    return Block(
        keys=keys,
        plugins=uses,
        addresses=setup.addresses(bound) if bound is not None else ("",),
        span=first.span if first is not None else None,
    )


def _default_blocks(port: str) -> tuple[ServerBlock, ...]:
    """What CoreDNS serves when a Corefile leaves nothing to serve."""
    default = Source("built-in default", f".:{port} {{\nwhoami\nlog\n}}\n")
    return Reader(default, {}, Importer(), ORDER).read().blocks


def _excused(found: Diagnostic, unset: Container[tuple[str, int, int]]) -> Diagnostic:
    """A refusal of a word with a variable that is not set here is no refusal: the environment decides."""
    span = found.span
    if found.rank is None or (span.path, span.line, span.column) not in unset:
        return found
    note = "a variable in it is not set here; with --env NAME=VALUE its value is checked"
    return found._replace(severity="warning", rank=None, undecided=True, notes=(*found.notes, note))


def _with_package(found: Diagnostic) -> Diagnostic:
    """A directive is unknown because the package that brings it cannot be loaded: say why."""
    if found.code != "CF201":
        return found
    reason = next((why for name, why in external.broken.items() if found.message.endswith(f" '{name}'")), None)
    if reason is None:
        return found
    return found._replace(help="", notes=(f"an installed package has this plugin, but cannot be loaded: {reason}",))


def _compiled(
    source: Source, found: list[Diagnostic], program: Program, importer: Importer, expanded: ExpandedCorefile
) -> Compiled:
    """Diagnostics in the order of the text; the verdict, and the one at which CoreDNS stops."""
    main = source.path
    ordered = sorted(found, key=lambda d: (d.span.path != main, d.span.path, d.span.line, d.span.column))
    ranked = [(diagnostic.rank, index) for index, diagnostic in enumerate(found) if diagnostic.rank is not None]
    refusal = None
    if ranked:
        first = found[min(ranked)[1]]
        refusal = next(index for index, diagnostic in enumerate(ordered) if diagnostic is first)
    verdict: Verdict = "accept"
    if ranked:
        verdict = "reject"
    elif any(diagnostic.environment for diagnostic in ordered):
        verdict = "environment"
    return Compiled(
        path=main,
        verdict=verdict,
        diagnostics=tuple(ordered),
        program=program,
        refusal=refusal,
        sources={main: source, **importer.sources},
        expanded=expanded,
        index=UseIndex(program.blocks),
    )


def _too_large(source: Source, reason: str, found: list[Diagnostic], importer: Importer) -> Compiled:
    """There is no program; what was found before the limit was reached is said all the same."""
    fault = Diagnostic("CF116", "error", f"file cannot be read: {reason}", Span(source.path, 1, 1, 1, 1), rank=Rank(1))
    return _compiled(source, [*found, fault], Program(blocks=(), listeners=()), importer, ExpandedCorefile())
