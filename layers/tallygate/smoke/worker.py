"""The worker of the smoke test. It is in every deployment beside the domain's, on streams of a category of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallygate.batch.worker import Context, Item, Worker
from tallygate.errors import InvalidInput
from tallygate.events import Aggregate

NAME = "smoke"  # of the worker and of the streams' category: both are reserved


@dataclass(frozen=True)
class SmokeEntered:
    """An item of a smoke test took effect."""

    item: str
    amount: int


@dataclass(frozen=True)
class Entered:
    """What a stream holds: items in the order in which they took effect, and the sum of their amounts."""

    items: tuple[str, ...] = ()
    amount: int = 0


def evolve(state: Entered, event: SmokeEntered) -> Entered:
    """The state with one more item."""
    return Entered((*state.items, event.item), state.amount + event.amount)


STREAM = Aggregate(category=NAME, initial=Entered(), evolve=evolve, events=(SmokeEntered,))


def enter(item: Item, context: Context) -> None:
    """Enter the item's amount into its stream."""
    entered = SmokeEntered(item=item.id, amount=int(item.data["amount"]))
    context.execute(STREAM, item.data["stream"], lambda _state: [entered])


SMOKE = Worker(name=NAME, process=enter, columns=("id", "stream", "amount"))


def with_smoke(workers: Sequence[Worker]) -> tuple[Worker, ...]:
    """The domain's workers, and after them the one of the smoke test.

    Raises
    ------
    InvalidInput
        The domain has a worker of that name.
    """
    if any(worker.name == NAME for worker in workers):
        raise InvalidInput(f"the domain declares a worker {NAME!r}: the name is the smoke test's, give yours another")
    return (*workers, SMOKE)
