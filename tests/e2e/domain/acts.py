"""What an item does is written in its column `act`; whatever it does, it is counted once."""

import os
import time
from dataclasses import dataclass

from tallygate.batch import Context, Item, Worker
from tallygate.events import Aggregate


@dataclass(frozen=True)
class Begun:
    """An item was tried for the first time."""


@dataclass(frozen=True)
class Counted:
    """An item took effect."""


def evolve(count: int, event: Begun | Counted) -> int:
    """The number of effects."""
    return count + isinstance(event, Counted)


TRY = Aggregate(category="try", initial=0, evolve=evolve, events=(Begun, Counted))
COUNTER = Aggregate(category="counter", initial=0, evolve=evolve, events=(Begun, Counted))


def act(item: Item, context: Context) -> None:
    """`ok`, `refuse`, `refuse the first time`, `die` (the first time); all with ` then sleep <seconds>`."""
    what, _, seconds = item.data["act"].partition(" then sleep ")
    if what == "refuse":
        raise ValueError("refused, as it was told")
    if what == "refuse the first time" and not context.execute(TRY, item.id, lambda _: [Begun()]).repeated:
        raise ValueError("refused, the first time")
    if what == "die" and not context.execute(TRY, item.id, lambda _: [Begun()]).repeated:
        os._exit(1)
    time.sleep(float(seconds or 0))
    context.execute(COUNTER, "all", lambda _: [Counted()])


ACTS = Worker(name="acts", process=act, columns=("id", "act"))
