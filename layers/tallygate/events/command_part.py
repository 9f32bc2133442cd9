"""Parts of a command index: the ids of a range of versions, by name while few, by digest when many."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from hashlib import blake2b

import msgspec

from tallygate.events.commit import Commit

Digest = Callable[[str], int]  # of a command id, 64 bits


def digest64(command_id: str) -> int:
    """Eight bytes of BLAKE2b as a number."""
    return int.from_bytes(blake2b(command_id.encode(), digest_size=8).digest())


class Named(msgspec.Struct):
    """Ids by name: about 200 bytes each, and they can be put into a snapshot's ring.

    Parameters
    ----------
    floor : int
        The part has the ids of all commits from the one above it on, up to the next part's floor.
    oldest : datetime or None
        When the commit above the floor was written, or a later time; None where that is not known.
    versions : dict of str to int
        In the order in which they were noted.
    backwards : bool
        They were noted from the newest commit to the oldest.
    """

    floor: int = 0
    oldest: datetime | None = None
    versions: dict[str, int] = msgspec.field(default_factory=dict)
    backwards: bool = False

    def __len__(self) -> int:
        return len(self.versions)

    def add(self, commit: Commit) -> None:
        """Note a commit that follows those noted before. An id that is there already moves to the end."""
        self.oldest = self.oldest or commit.at
        for command in commit.commands:
            self.versions.pop(command, None)
            self.versions[command] = commit.version

    def add_older(self, commit: Commit) -> None:
        """Note the commit at the floor, which sinks by one."""
        for command in commit.commands:
            self.versions.setdefault(command, commit.version)
        self.floor, self.oldest = commit.version - 1, commit.at

    def find(self, command_id: str, _digest: int) -> list[int]:
        """Versions that carry the id."""
        return [self.versions[command_id]] if command_id in self.versions else []

    def newest_first(self) -> Iterable[tuple[str, int]]:
        """Ids and versions, descending."""
        return self.versions.items() if self.backwards else reversed(self.versions.items())

    def frozen(self, digest: Digest) -> "Segment":
        """The same by digest."""
        pairs = sorted((digest(command), version) for command, version in self.versions.items())
        return Segment.of(self.floor, self.oldest, pairs)


class Segment(msgspec.Struct, frozen=True):
    """Ids by digest, sorted: 16 bytes each.

    Parameters
    ----------
    floor, oldest
        As of `Named`.
    digests : array of uint64
        Ascending; equal ones stand beside each other.
    versions : array of uint64
        One for each digest.
    """

    floor: int
    oldest: datetime | None
    digests: "array[int]"
    versions: "array[int]"

    @classmethod
    def of(cls, floor: int, oldest: datetime | None, pairs: list[tuple[int, int]]) -> "Segment":
        """From digests and versions, sorted."""
        return cls(floor, oldest, array("Q", [pair[0] for pair in pairs]), array("Q", [pair[1] for pair in pairs]))

    def __len__(self) -> int:
        return len(self.digests)

    def find(self, _command_id: str, digest: int) -> list[int]:
        """Versions that carry an id of that digest."""
        first = last = bisect_left(self.digests, digest)
        while last < len(self.digests) and self.digests[last] == digest:
            last += 1
        return self.versions[first:last].tolist()

    def merged(self, newer: "Segment") -> "Segment":
        """This one and the next newer one as one."""
        # Two sorted runs: Python's sort recognises them and merges.
        return Segment.of(self.floor, self.oldest, sorted([*self.pairs(), *newer.pairs()]))

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Digests and versions, sorted."""
        return zip(self.digests, self.versions, strict=True)
