"""Make Corefiles of each kind, ask CoreDNS about them, and compare or record what it says.

    python -m tests.verdicts.record --coredns BINARY [--kinds NAMES...] [--count N] [--seed N] [--write]
    python -m tests.verdicts.record --coredns BINARY --plugins [--count N] [--seed N]

Without `--write` it prints where `lint` differs, and the numbers; with it the answers go into the table of each kind.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from random import Random

from tests.verdicts.coredns import ask
from tests.verdicts.kinds import CERTAIN, KINDS
from tests.verdicts.rows import FOLDER, Row, difference
from tests.verdicts.shapes import of_plugin, plugins


def made(kind: str, seed: int, count: int) -> list[str]:
    """Different Corefiles of a kind, always the same ones for a seed."""
    make = of_plugin(kind.removeprefix("plugin ")) if kind.startswith("plugin ") else KINDS[kind]
    random = Random(f"{kind} {seed}")  # noqa: S311 - nothing here is secret
    found: dict[str, None] = {}
    for _ in range(count * 20):
        found.setdefault(make(random))
        if len(found) == count:
            break
    return list(found)


def recorded(binary: str, corefiles: list[str], jobs: int) -> Iterator[Row]:
    """What CoreDNS says of them."""
    for corefile, answer in zip(corefiles, ask(binary, corefiles, jobs), strict=True):
        yield Row(answer.verdict, answer.line, corefile, answer.message)


def write(kind: str, rows: Iterable[Row]) -> None:
    """Put the answers into the table of a kind, without the words: those are CoreDNS's."""
    said = (row for row in rows if row.verdict != "timeout")
    lines = (f"{row.verdict}\t{row.line}\t{json.dumps(row.corefile)}\n" for row in said)
    (FOLDER / f"{kind}.tsv").write_text("".join(lines), encoding="ascii")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coredns", required=True)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=10)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--plugins", action="store_true", help="Corefiles of each plugin instead")
    options = parser.parse_args()
    for kind in [f"plugin {name}" for name in plugins()] if options.plugins else options.kinds:
        rows = list(recorded(options.coredns, made(kind, options.seed, options.count), options.jobs))
        if options.write:
            write(kind, rows)
        found = [(row, reason) for row in rows if (reason := difference(row, kind in CERTAIN))]
        print(f"{kind}: {len(rows)} asked, {len(found)} differ", flush=True)
        for row, reason in found[: options.show]:
            print(f"--- {reason}\n    {row.message}\n{row.corefile}")


if __name__ == "__main__":
    main()
