"""What items do in a simulation: they leave their mark on a stream that they share with others."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tallygate.events import Aggregate, Commit


@dataclass(frozen=True)
class Marked:
    """An item has had its effect."""

    item: str


def _count(marks: int, _event: Marked) -> int:
    return marks + 1


WALL: Aggregate[int] = Aggregate(category="wall", initial=0, evolve=_count, events=(Marked,))


def mark(item: str) -> Callable[[int], Sequence[Marked]]:
    """The decision for an item's mark, which may be made any number of times."""
    return lambda _marks: [Marked(item)]


def effects(commit: Commit) -> Iterator[str]:
    """The effects in a commit: `batch/item` for a mark, `batch/g0/report` for what a report has announced.

    By what is in the events: the command's id, which keeps them from taking place twice, has no say in it.
    """
    for event in commit.events:
        yield (
            event.data["item"] if "item" in event.data else f"{event.data['batch']}/g{event.data['generation']}/report"
        )
