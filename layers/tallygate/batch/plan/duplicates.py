"""Finds ids that stand twice in a manifest, whatever its size: in memory while there are few, else on disk."""

from array import array
from collections.abc import Iterable, Iterator

from tallygate.batch.plan.scratch import Scratch, ScratchFile

PARTITIONS = 64
HELD_ITEMS = 1_000_000  # 8 MB; beyond, everything goes to disk
SUSPECTS = 16  # for each partition; one that is no repetition takes two ids of one hash, and there is hardly any
_ITEM_BYTES = 8


class Duplicates:
    """The hashes of ids in the order of the manifest, parted by their last bits.

    A hash is Python's own: 64 bits, keyed anew for each process (of 10 million ids two share one with a chance of
    3e-6). So a hash that stands twice is a suspicion, which is settled by reading the ids again.

    Parameters
    ----------
    scratch : Scratch
        Takes 8 bytes an item.
    """

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._held = [array("q") for _ in range(PARTITIONS)]
        self._files: list[ScratchFile] = []
        self._count = 0

    def add(self, ids: Iterable[str]) -> None:
        """Note ids, in their order. Raises `BadInput` where the disk is full."""
        keep = [held.append for held in self._held]
        for digest in map(hash, ids):
            keep[digest % PARTITIONS](digest)
        if sum(map(len, self._held)) >= HELD_ITEMS:
            self._spill()

    def suspects(self) -> set[int]:
        """Hashes that stand more than once.

        The one whose repetition comes first in the manifest is among them: it comes first in its partition, too.
        """
        return {digest for digests in self._partitions() for digest in _repeated(digests)}

    def _partitions(self) -> "Iterator[array[int]]":
        for number, held in enumerate(self._held):
            found = array("q")
            if self._files:
                file = self._files[number]
                file.rewind()
                while content := file.read(HELD_ITEMS * _ITEM_BYTES):
                    found.frombytes(content)
                file.close()
            found.extend(held)
            yield found

    def _spill(self) -> None:
        self._files = self._files or [self._scratch.file() for _ in range(PARTITIONS)]
        for file, held in zip(self._files, self._held, strict=True):
            file.append(held)
            del held[:]


def _repeated(digests: "array[int]") -> list[int]:
    if len(set(digests)) == len(digests):
        return []
    seen: set[int] = set()
    found: list[int] = []
    for digest in digests:
        if digest in seen:
            found.append(digest)
            if len(found) == SUSPECTS:
                break
        seen.add(digest)
    return found
