"""Which items of a chunk run together, and in which order: pure rules over what earlier attempts left."""

from collections.abc import Iterator, Sequence

from tallygate.batch.work.handover import Handover

MANY = 200  # suspects; beyond it they run first, so that what is stored about them stays small


def windows(todo: Sequence[int], left: Handover, slots: int) -> Iterator[Sequence[int]]:
    """Groups of items, each to be begun when the one before has ended.

    No attempt has died: all items at once, those that outlasted an attempt last. Else `slots` at a time, and one that
    was in flight at a death alone: what dies with it in flight was killed by it.
    """
    alone = [number for number in todo if number in left.kills]
    rest = [number for number in todo if number not in left.kills]
    long_first = len(left.overruns) > MANY
    rest.sort(key=lambda number: (number in left.overruns) is not long_first)
    size = slots if left.careful else max(1, len(rest))
    together: list[Sequence[int]] = [rest[at : at + size] for at in range(0, len(rest), size)]
    singly: list[Sequence[int]] = [[number] for number in alone]
    yield from singly + together if len(alone) > MANY else together + singly
