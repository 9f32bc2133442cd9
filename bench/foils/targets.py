"""What must come out: the foils are fair, and the yardstick is exact."""

from collections.abc import Iterator, Sequence

from bench.foils.atomic_counter import AtomicCounter
from bench.foils.chunk_records import NAME
from bench.foils.id_set import IdSet
from bench.foils.item_collection import ItemCollection
from bench.foils.marker_item import MarkerItem
from bench.foils.outcome import Outcome

RIGHT = (MarkerItem.name, ItemCollection.name, IdSet.name, NAME)
"""Those that are right under every fault."""


def missed(calm: Sequence[Outcome], faulty: Sequence[Outcome], rough: Sequence[Outcome]) -> Iterator[str]:
    """What did not come out; nothing, if all is well."""
    for run in calm:
        if not run.right:
            yield f"{run.design} is wrong without any fault: the foil is no fair one"
    for run in faulty:
        if run.design in RIGHT and not run.right:
            yield f"{run.design} on {run.where} at {run.items:,} items: {run.counted:,} counted, finished {run.finish}"
        if run.design == AtomicCounter.name and run.wrong_by <= 0:
            yield f"the atomic counter on {run.where} at {run.items:,} items met too few faults to prove anything"
    for number, run in enumerate(rough):
        if not run.right:
            yield f"Tallygate, rough run {number}: {run.counted:,} of {run.items:,}, finished {run.finish}"
