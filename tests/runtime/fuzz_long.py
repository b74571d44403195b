"""A million mutated packets over UDP: `python -m tests.runtime.fuzz_long [PACKETS] [SEED]`.

Each Corefile of the fuzz test gets its share, half of it with replay. Ends with 1 at the first reply that is not well
formed, or missing, and at the first exception. A line for each server: packets, replies, packets a second, and the
memory of this process after a tenth of the packets and at the end.
"""

from __future__ import annotations

import sys
from time import monotonic

from tests.runtime.fuzzing import BODIES, drawn, fuzzed, memory
from tests.runtime.packets import mutated, seeded


def main(packets: int, seed: int) -> int:
    share = packets // (2 * len(BODIES))
    for name, body in BODIES.items():
        for replay in (True, False):
            try:
                print(
                    f"{name:10}{'replay' if replay else 'plain':8}{run(body, share, f'{seed} {name} {replay}', replay)}"
                )
            except AssertionError as error:
                print(f"{name}: {error}")
                return 1
    return 0


def run(body: str, packets: int, seed: str, replay: bool) -> str:
    random = seeded(seed)
    with fuzzed(body, replay=replay) as target:
        started = monotonic()
        target.shoot(drawn(random, mutated, packets // 10))
        before = memory()
        target.shoot(drawn(random, mutated, packets - packets // 10))
        after = memory()
        rate = packets / (monotonic() - started)
        target.settle()
        return f"{packets:9,} {target.answered:9,} {rate:9,.0f}/s {before >> 20:5} MiB {after >> 20:5} MiB"


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:3]]
    sys.exit(main(*[*numbers, *(1_000_000, 1)[len(numbers) :]]))
