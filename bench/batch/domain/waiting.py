"""Items whose work is known: none, or a wait of so many milliseconds, in which another may go on."""

import time
from collections.abc import Callable

from tallygate.batch import Context, Item, Worker


def nothing(_item: Item, _context: Context) -> None:
    """No effect."""


def wait(milliseconds: float) -> Callable[[Item, Context], None]:
    """A function that sleeps, as one does that waits for the network."""

    def process(_item: Item, _context: Context) -> None:
        time.sleep(milliseconds / 1000)

    return process


NOTHING = Worker(name="nothing", process=nothing)
WAIT_5 = Worker(name="wait-5", process=wait(5))
WAIT_100 = Worker(name="wait-100", process=wait(100))
