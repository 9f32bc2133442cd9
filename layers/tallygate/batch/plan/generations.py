"""The generations of a batch: 0, and one more for each redrive."""

from tallygate.batch.errors import BadInput
from tallygate.batch.records import Manifest
from tallygate.batch.store import BatchStore


def latest(records: BatchStore, batch: str) -> Manifest:
    """The manifest of the batch's latest generation.

    Raises
    ------
    BadInput
        There is no such batch.
    """
    found = records.manifest(batch, 0)
    if found is None:
        raise BadInput(f'there is no batch {batch!r}: its name is its execution\'s, unless the input had "name"')
    while after := records.manifest(batch, found.generation + 1):
        found = after
    return found


def planned_by(records: BatchStore, last: Manifest, execution: str) -> Manifest | None:
    """The redrive that this execution has planned, if it has."""
    older = (records.manifest(last.batch, generation) for generation in range(1, last.generation))
    redrives = (found for found in (last, *older) if found and found.generation)
    return next((found for found in redrives if found.planned_by == execution), None)


def one(records: BatchStore, batch: str, generation: int) -> Manifest:
    """The manifest of one generation. Raises `BadInput` where there is none."""
    found = records.manifest(batch, generation)
    if found is None:
        raise BadInput(f"batch {batch!r} has no generation {generation}")
    return found
