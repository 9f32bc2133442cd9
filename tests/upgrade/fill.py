"""A program that a release's own code runs: streams with a snapshot, with a large commit, and one that will be parked.

It uses only what every release has: `python fill.py <events table> <overflow bucket>` with that release on the path.
"""

import random
import sys
from dataclasses import dataclass

from tallygate.events import Aggregate
from tallygate.events.wiring import event_store


@dataclass(frozen=True)
class Noted:
    """A line was written."""

    text: str


@dataclass(frozen=True)
class Repainted:
    """Nothing that the deployed domain knows of."""

    colour: str


LEDGER = Aggregate(category="ledger", initial=0, evolve=lambda count, _: count + 1, events=(Noted,))
PAINTED = Aggregate(category="aircraft", initial=0, evolve=lambda count, _: count + 1, events=(Repainted,))
COMMITS, LARGE_BYTES = 120, 700_000


def main(table: str, bucket: str) -> None:
    """Fill it."""
    store, dice = event_store(table, overflow_bucket=bucket), random.Random(7)
    long = store.load(LEDGER, "long")
    for n in range(COMMITS):
        long = store.append(long, [Noted(f"{n} {dice.randbytes(300).hex()}")])
    store.append(store.load(LEDGER, "large"), [Noted(dice.randbytes(LARGE_BYTES).hex())])
    store.append(store.load(PAINTED, "painted"), [Repainted("red")])
    store.load(LEDGER, "long")  # who reads so long a tail leaves a snapshot; who appends does not
    if not store.settle():
        sys.exit("a snapshot is still being written")


if __name__ == "__main__":
    main(*sys.argv[1:])
