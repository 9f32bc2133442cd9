"""What is run: which items, how many, which dispatch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tallygate.batch.cost.batch_shape import Dispatch

SIZES = (1000, 10_000, 100_000)
MILLISECONDS = {"nothing": 0.0, "wait-5": 5.0, "wait-100": 100.0}
CHUNK_SIZE, ITEM_CONCURRENCY = 500, 20  # the defaults
CONCURRENCY = {"nothing": 4, "wait-5": 4, "wait-100": 8}  # of a map: the emulator runs a process for each
QUEUE_CONCURRENCY = 4  # of the local environment, whatever is asked for


@dataclass(frozen=True)
class Trial:
    """One batch.

    Parameters
    ----------
    dispatch : str
    worker : str
        One of the domain's.
    items : int
    cold : bool
        Whether it is the first of its dispatch: it has the cold starts, and is left out of what is compared by size.
    """

    dispatch: Dispatch
    worker: str
    items: int
    cold: bool = False

    @property
    def name(self) -> str:
        """The batch's id."""
        return f"{self.dispatch}-{'cold' if self.cold else self.worker}-{self.items}"

    @property
    def milliseconds(self) -> float:
        """What an item waits."""
        return MILLISECONDS[self.worker]

    @property
    def concurrency(self) -> int:
        """Chunks at a time."""
        return CONCURRENCY[self.worker] if self.dispatch == "map" else QUEUE_CONCURRENCY

    def given(self, manifest: str) -> dict[str, object]:
        """The execution's input."""
        given = {
            "manifest": manifest,
            "name": self.name,
            "worker": self.worker,
            "dispatch": self.dispatch,
            "chunk_size": CHUNK_SIZE,
            "item_concurrency": ITEM_CONCURRENCY,
        }
        return given | ({"concurrency": self.concurrency} if self.dispatch == "map" else {})


def trials(dispatches: Sequence[Dispatch], sizes: Sequence[int] = SIZES) -> Iterator[Trial]:
    """A small batch first, then items that do nothing and that wait 5 ms, in all sizes; those of the design's table,
    which wait 100 ms, in the largest."""
    for dispatch in dispatches:
        yield Trial(dispatch, "nothing", min(sizes), cold=True)
        for worker in ("nothing", "wait-5"):
            yield from (Trial(dispatch, worker, items) for items in sizes)
        yield Trial(dispatch, "wait-100", max(sizes))


def manifest(items: int) -> bytes:
    """Lines of 40 bytes."""
    return b"id,note\n" + b"".join(b"item-%09d,%024d\n" % (n, n) for n in range(items))
