"""Brings lines of one key together, whatever their number: in memory while they are few, else on disk."""

from collections.abc import Iterator, Sequence

from tallygate.batch.plan.pile import Group, Pile
from tallygate.batch.plan.scratch import Scratch

HELD_BYTES = 48 * 1024 * 1024  # of lines at a time, with what Python adds to each
PARTITIONS = 64
_BITS = 6


class Grouping:
    """Takes lines in any order and gives them group by group.

    Lines are parted by six bits of their key's hash, and a part that is too large for memory once more by the next six.
    One key's lines may be too many as well: those are passed on as they are, they need no sorting. A key counts by its
    hash of 64 bits: two that share one would become one group, which breaks no promise.

    Parameters
    ----------
    scratch : Scratch
        Takes the lines, and 8 bytes for each; the largest part twice for a while.
    depth : int
        How often these lines were parted before.
    """

    def __init__(self, scratch: Scratch, depth: int = 0) -> None:
        self._scratch = scratch
        self._depth = depth
        self._first = Pile(scratch)
        self._piles: list[Pile] = []

    def add(self, keys: Sequence[int], lines: Sequence[bytes]) -> None:
        """Take lines, each with the hash of its key. Raises `BadInput` where the disk is full."""
        if not self._piles:
            self._first.add(keys, lines)
            if self._first.held > HELD_BYTES:
                self._piles = [Pile(self._scratch) for _ in range(PARTITIONS)]
                for run in self._first.runs():
                    self._part(*run)
                self._first = Pile(self._scratch)
        else:
            self._part(keys, lines)
        if sum(pile.held for pile in self._piles) > HELD_BYTES:
            self._spill()

    def groups(self) -> Iterator[Group]:
        """All groups, once. Raises `BadInput` where the disk is full."""
        if not self._piles:
            yield from self._first.groups()
            return
        self._spill()
        while self._piles:
            yield from self._pile_groups(self._piles.pop())

    def _pile_groups(self, pile: Pile) -> Iterator[Group]:
        if pile.one_key:
            yield pile.group()
        elif pile.memory <= HELD_BYTES:
            yield from pile.groups()
        else:
            smaller = Grouping(self._scratch, self._depth + 1)
            for run in pile.runs():
                smaller.add(*run)
            pile.close()
            yield from smaller.groups()
        pile.close()

    def _part(self, keys: Sequence[int], lines: Sequence[bytes]) -> None:
        shift = self._depth * _BITS
        runs: list[tuple[list[int], list[bytes]]] = [([], []) for _ in range(PARTITIONS)]
        for key, line in zip(keys, lines, strict=True):
            run = runs[(key >> shift) % PARTITIONS]
            run[0].append(key)
            run[1].append(line)
        for pile, run in zip(self._piles, runs, strict=True):
            pile.add(*run)

    def _spill(self) -> None:
        for pile in self._piles:
            pile.spill()
