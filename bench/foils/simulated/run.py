"""A batch in simulated time: workers that take messages, die and come back, and whoever waits for the end."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bench.foils.design import Design, GaveUp, Setting
from bench.foils.ids import ids
from bench.foils.judge import Judge
from bench.foils.outcome import Outcome
from bench.foils.simulated.queue import Message, Queue, Twice
from bench.foils.simulated.service import DynamoDB
from bench.foils.simulated.table import Table
from local.simulation import Actor, Dice, Faults, Scheduler
from tallygate.deadline import full_jitter
from tallygate.errors import TransientError

WORKERS = 100
ITEM_SECONDS = 0.1
FAULTS = Faults(refused=0.05, lost=0.05, crash=0.0005)
TWICE = Twice(soon=0.02, late=0.002)
CALM, ONCE = Faults(), Twice()
MAX_STEPS = 20_000_000
FIRST_POLL, LONGEST_POLL = 2.0, 30.0
UNANSWERED = (GaveUp, TransientError, ClientError, BotoCoreError)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything that the actors of a run share.

    Parameters
    ----------
    seed : int
    items : int
    faults : Faults
    twice : Twice
    """

    scheduler: Scheduler
    table: Table
    client: DynamoDB
    judge: Judge
    twice: Twice

    @classmethod
    def make(cls, *, seed: int, items: int, faults: Faults = FAULTS, twice: Twice = TWICE) -> "Scene":
        """A scene before its first act."""
        scheduler = Scheduler(Dice(seed), faults, max_steps=MAX_STEPS, step_seconds=0.0)
        table = Table(lambda: scheduler.now)
        return cls(
            scheduler=scheduler,
            table=table,
            client=DynamoDB(scheduler, table),
            judge=Judge(items),
            twice=twice,
        )

    def backoff(self, attempt: int) -> None:
        """For a design's own retries."""
        self.scheduler.sleep(full_jitter(attempt, base=0.02, cap=2.0, rng=self.scheduler.dice.share), "backoff")

    def told(self) -> None:
        """Somebody has learned that the batch is finished."""
        self.judge.told(self.scheduler.now)

    def persist(self, act: Callable[[], Any]) -> Any:
        """For whoever is no worker: again until it is answered."""
        attempt = 0
        while True:
            try:
                return act()
            except UNANSWERED:
                self.backoff(attempt)
                attempt += 1

    def poll(self, finished: Callable[[], bool]) -> None:
        """Ask until it is so, less and less often."""
        pause = FIRST_POLL
        while not self.persist(finished):
            self.scheduler.sleep(pause, "poll")
            pause = min(LONGEST_POLL, 1.5 * pause)
        self.told()

    def deliver(self, bodies: Iterable[Any], handle: Callable[[Any], bool]) -> None:
        """Let workers handle messages until all are deleted. `handle` returns whether the batch is finished."""
        queue = Queue(self.scheduler, bodies, self.twice)

        def work() -> None:
            while (wait := queue.seconds_to_next) < float("inf"):
                message = queue.take()
                if message is None:
                    self.scheduler.sleep(wait, "receive")
                else:
                    self._handle(queue, message, handle)

        def supervise() -> None:
            crew: list[Actor] = []
            while queue.seconds_to_next < float("inf"):
                self.judge.crashes += sum(actor.crashed for actor in crew)
                crew = [actor for actor in crew if actor.alive]
                crew += [self.scheduler.spawn("worker", work) for _ in range(WORKERS - len(crew))]
                self.scheduler.sleep(1.0, "supervise")

        self.scheduler.spawn("supervisor", supervise, mortal=False)

    def _handle(self, queue: Queue, message: Message, handle: Callable[[Any], bool]) -> None:
        self.judge.deliveries += 1
        try:
            finished = handle(message.body)
        except UNANSWERED:
            self.judge.gave_back += 1
            return
        if finished:
            self.told()
        self.scheduler.pause("delete the message")
        queue.delete(message)

    def outcome(self, design: str, counted: int, **more: Any) -> Outcome:
        """What the run came to."""
        judge, consumed = self.judge, self.table.consumed
        figures: dict[str, Any] = {
            "calls": dict(self.client.calls),
            "retries": self.client.retries,
            "refused": dict(consumed.refused),
            "write": consumed.write,
            "read": consumed.read,
        }
        return Outcome(
            design=design,
            where="simulation",
            items=judge.items,
            counted=counted,
            finish=judge.finish,
            seconds=judge.told_after,
            deliveries=judge.deliveries,
            gave_back=judge.gave_back,
            crashes=judge.crashes,
            **figures | more,
        )


def simulate(kind: type[Design], scene: Scene) -> Outcome:
    """Run a design to its end, and ask it for its count."""
    items = scene.judge.items
    design = kind(
        Setting(client=scene.client, table="batches", batch="b1", items=items, backoff=scene.backoff)  # type: ignore[arg-type]
    )

    def handle(item: str) -> bool:
        scene.scheduler.sleep(scene.scheduler.dice.between(0, 2 * ITEM_SECONDS), "work")
        scene.judge.work(item)
        return design.count(item)

    def begin() -> None:
        scene.persist(design.start)
        scene.deliver(ids(items), handle)
        if design.polled:
            scene.scheduler.spawn("poller", lambda: scene.poll(design.finished), mortal=False)

    scene.scheduler.spawn("begin", begin, mortal=False)
    scene.scheduler.run()
    counted = -1

    def ask() -> None:
        nonlocal counted
        counted = scene.persist(design.total)

    scene.scheduler.spawn("ask", ask, mortal=False)
    scene.scheduler.run()
    return scene.outcome(kind.name, counted)
