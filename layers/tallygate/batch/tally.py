"""The count: a fold over chunk records."""

from collections.abc import Iterable

import msgspec

from tallygate.batch.records import ChunkRecord


class Tally(msgspec.Struct, frozen=True):
    """Items by outcome."""

    ok: int
    failed: int
    abandoned: int

    @classmethod
    def of(cls, records: Iterable[ChunkRecord]) -> "Tally":
        """The sum over records, each chunk's once however often it is read."""
        once = {record.i: record for record in records}.values()
        return cls(
            ok=sum(record.ok for record in once),
            failed=sum(record.failed for record in once),
            abandoned=sum(record.abandoned for record in once),
        )

    @property
    def items(self) -> int:
        """All of them."""
        return self.ok + self.failed + self.abandoned
