"""What is run: the batches, how their items behave, and what goes wrong. All of it from the seed."""

from dataclasses import dataclass, replace
from typing import Literal

from local.simulation import Dice, Faults

Fate = Literal["ok", "refused", "refused after its effect", "busy", "killed once", "kills"]

PROFILES = {
    "calm": Faults(),
    "unanswered": Faults(refused=0.08, lost=0.08, gives_up=0.3),
    "crashes": Faults(refused=0.01, lost=0.03, stale=0.1, gives_up=0.2, crash=0.03),
    "late": Faults(lost=0.02, stale=0.2, stall=0.04),
    "everything": Faults(refused=0.03, lost=0.05, stale=0.2, gives_up=0.3, crash=0.015, stall=0.02),
}
TROUBLE_SECONDS = 240.0  # for each generation; then nothing goes wrong any more
REDRIVE_SECONDS = 500.0  # between a report and the next generation, at most: longer than two clocks may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """What becomes of messages that ask for work; shares from 0 to 1."""

    lost: float = 0.0
    doubled: float = 0.0
    delayed: float = 0.0
    delay_seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """One batch.

    Parameters
    ----------
    name : str
    items : tuple of Fate
        What becomes of each item.
    chunk_size, item_concurrency, concurrency : int
    dispatch : str
    deadline_minutes : float
    polls : int
        Of one execution; then a new one goes on.
    starts : int
        How many executions are started for it, and for each redrive.
    redrives : int
        At most, while things go wrong.
    cancelled : float or None
        Seconds after which it is cancelled, and started again.
    completed : bool
        In the end, when nothing goes wrong any more, it is redriven with all its items mended.
    """

    name: str
    items: tuple[Fate, ...]
    chunk_size: int
    item_concurrency: int
    concurrency: int
    dispatch: str
    deadline_minutes: float
    polls: int
    starts: int
    redrives: int
    cancelled: float | None
    completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One run.

    Parameters
    ----------
    seed : int
    profile : str
    faults : Faults
    deliveries : Deliveries
    batches : tuple of BatchPlan
    lease_seconds : float
    worker_seconds : float
        The worker function's time limit.
    hidden_seconds : int
        For how long the queue hides a message that was received.
    streams : int
        Over how many streams of the event store the items are spread.
    long_streams : bool
        The event store treats its streams as if they were long: not all their commands are at hand.
    """

    seed: int
    profile: str
    faults: Faults
    deliveries: Deliveries
    batches: tuple[BatchPlan, ...]
    lease_seconds: float
    worker_seconds: float
    hidden_seconds: int
    streams: int
    long_streams: bool

    @property
    def queued(self) -> bool:
        """Some batch is dispatched by queue."""
        return any(batch.dispatch == "queue" for batch in self.batches)


def scenario(seed: int) -> Scenario:
    """The scenario of a seed."""
    dice = Dice(seed)
    profile = dice.pick(tuple(PROFILES))
    batches = tuple(_batch(dice, f"b{n}") for n in range(2 if dice.chance(0.05) else 1))
    trouble = TROUBLE_SECONDS + max(batch.redrives for batch in batches) * (REDRIVE_SECONDS + TROUBLE_SECONDS)
    return Scenario(
        seed=seed,
        profile=profile,
        faults=replace(PROFILES[profile], until=trouble),
        deliveries=_deliveries(dice),
        batches=batches,
        lease_seconds=dice.pick((5.0, 15.0, 30.0)),
        worker_seconds=dice.pick((12.0, 40.0, 240.0)),
        hidden_seconds=dice.pick((20, 60)),
        streams=dice.whole(1, 4),
        long_streams=dice.chance(0.5),
    )


def _deliveries(dice: Dice) -> Deliveries:
    if dice.chance(0.3):
        return Deliveries()
    return Deliveries(lost=dice.pick((0.0, 0.2, 0.6)), doubled=dice.pick((0.0, 0.3)), delayed=dice.pick((0.0, 0.3)))


def _batch(dice: Dice, name: str) -> BatchPlan:
    return BatchPlan(
        name=name,
        items=tuple(_fate(dice) for _ in range(dice.pick((1, 2, 2, 3, 4)))),
        chunk_size=dice.whole(1, 3),
        item_concurrency=dice.whole(1, 2),
        concurrency=dice.whole(1, 4),
        dispatch="queue" if dice.chance(0.2) else "map",
        deadline_minutes=dice.pick((0.05, 0.3, 1.0, 3.0, 6.0)),
        polls=dice.pick((2, 6, 20)),
        starts=2 if dice.chance(0.1) else 1,
        redrives=dice.whole(1, 2) if dice.chance(0.15) else 0,
        cancelled=dice.between(0, 60) if dice.chance(0.1) else None,
        completed=dice.chance(0.15),
    )


def _fate(dice: Dice) -> Fate:
    if dice.chance(0.75):
        return "ok"
    return dice.pick(("refused", "refused after its effect", "busy", "killed once", "kills"))
