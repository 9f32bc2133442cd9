"""Everything that one run has: what is stored, the services in front of it, and the processes that use them."""

from collections import Counter
from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta
from functools import partial

from msgspec.structs import replace

from local.simulation import Actor, Dice, Scheduler, Versions, Wire
from tallygate.batch import Context, Item, Worker
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.gatekeeper import Gatekeeper
from tallygate.batch.memory import MemoryBatchStore
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.plan.location import Location
from tallygate.batch.plan.manifest_maker import ManifestMaker
from tallygate.batch.plan.planner import Planner
from tallygate.batch.queue import chunk_message
from tallygate.batch.queue.memory_task_queue import MemoryTaskQueue
from tallygate.batch.queue.queue_dispatcher import QueueDispatcher
from tallygate.batch.queue.sender import Sender
from tallygate.batch.queue.task_queue import Message
from tallygate.batch.reporter import Reporter
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.deadline import Deadline
from tallygate.errors import TransientError
from tallygate.events import EventStore
from tallygate.events.memory import MemoryCommitLog
from tests.simulation.batch_store import SimulatedBatchStore
from tests.simulation.commit_log import SimulatedCommitLog
from tests.simulation.effects import WALL, mark
from tests.simulation.item_run import CooperativeItemRun
from tests.simulation.object_store import SimulatedObjectStore
from tests.simulation.scenario import BatchPlan, Scenario
from tests.simulation.task_queue import SimulatedTaskQueue

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
CLOCK_SWITCHES = 0.2  # of the looks at the clock: others go on before
MAX_RECEIVED = 5  # then a message is a dead letter
REPLICA_MISSES = 0.7  # of the records that are new, in a stale read


class World:
    """One run's.

    Parameters
    ----------
    scenario : Scenario
    check : callable
        After each step.
    trace : callable, optional
        Gets a line for each thing that happens.

    Attributes
    ----------
    effects : Counter
        How often each took place, by `batch/item`.
    open_batches : int
        Batches that have not ended.
    mended : set of str
        Batches whose items are all ok from now on.
    attempts : list
        How each attempt ended that came to its end.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        check: Callable[["World"], None] = lambda _world: None,
        trace: Callable[[str], None] | None = None,
    ) -> None:
        self.scenario = scenario
        self.dice = Dice(scenario.seed + 1)
        self.scheduler = Scheduler(self.dice, scenario.faults, check=lambda _actor: check(self), trace=trace)
        wire = self.wire = Wire(self.scheduler)
        self.memory, self.objects, self.log = MemoryBatchStore(), MemoryObjectStore(), MemoryCommitLog()
        self.effects: Counter[str] = Counter()
        self.attempts: list[tuple[ChunkTask, str]] = []
        self._versions: Versions[Hashable, object] = Versions(self.scheduler)
        self.store = SimulatedBatchStore(
            self.memory, wire, lagging=self._lagging, wrote=self._versions.replaced, page=self.dice.whole(1, 3)
        )
        self._object_store = SimulatedObjectStore(self.objects, wire)
        self.queue = MemoryTaskQueue(now=lambda: self.scheduler.now)
        self._task_queue = SimulatedTaskQueue(self.queue, wire)
        self._commit_log = SimulatedCommitLog(self.log, wire, self.effects)
        self._busy: Counter[str] = Counter()
        self.open_batches = len(scenario.batches)
        self.mended: set[str] = set()
        self._workers = (Worker(name="test", process=self._process),)
        self._warm: list[ChunkWorker] = []
        self._event_stores: list[EventStore] = []
        for batch in scenario.batches:
            self._upload(batch)

    # ---- processes

    def planner(self) -> Planner:
        """A process that plans."""
        return Planner(self.store, ManifestMaker(self._object_store, self._workers), self._workers)

    def gatekeeper(self) -> Gatekeeper:
        """A process that checks."""
        return Gatekeeper(
            self.store,
            self._object_store,
            {"map": self, "queue": QueueDispatcher(self._task_queue)},
            now=self.now,
        )

    def sender(self) -> Sender:
        """A process that sends the messages of a batch."""
        return Sender(self.store, self._object_store, self._task_queue)

    def reporter(self) -> Reporter:
        """A process that reports."""
        return Reporter(self.store, self._object_store, EventStore(self._commit_log, now=self.now), now=self.now)

    def now(self) -> datetime:
        """The wall clock; sometimes others go on while an actor reaches for it."""
        if self.dice.chance(CLOCK_SWITCHES):
            self.scheduler.pause("look at the clock")
        return self.at(self.scheduler.now)

    def at(self, seconds: float) -> datetime:
        """Simulated seconds as a time of day."""
        return START + timedelta(milliseconds=int(seconds * 1000))

    def cool(self) -> None:
        """Nobody has asked for a while: the next processes begin with nothing at hand."""
        self._warm.clear()
        self._event_stores.clear()

    # ---- dispatch

    def send(self, task: ChunkTask) -> None:
        """See `Dispatcher.send`: an asynchronous invocation, which is not sent again."""
        self.wire.once(f"invoke for {_name(task)}", lambda: self.deliver(task))

    def backlog(self) -> int:
        """See `Dispatcher.backlog`."""
        return 0

    def deliver(self, task: ChunkTask, delay: float = 0.0) -> list[Actor]:
        """A message on its way: it begins attempts, or none."""
        how, dice = self.scenario.deliveries, self.dice
        if not self.scheduler.calm and dice.chance(how.lost):
            self.scheduler.tell(f"the message for {_name(task)} is lost")
            return []
        times = 2 if dice.chance(how.doubled) else 1
        late = dice.between(0, how.delay_seconds) if dice.chance(how.delayed) else 0.0
        return [self._attempt(task, delay + late + dice.share()) for _ in range(times)]

    def _attempt(self, task: ChunkTask, delay: float) -> Actor:
        def live() -> None:
            try:
                self._run(task)
            except TransientError as exc:
                self.scheduler.tell(f"{_name(task)}: {exc!r}")

        return self.scheduler.spawn(f"worker {_name(task)}", live, delay=delay)

    def _run(self, task: ChunkTask) -> None:
        until = self.scheduler.now + self.scenario.worker_seconds
        worker = self._warm.pop() if self._warm else self._cold()
        ended = worker.run(task, lambda: until - self.scheduler.now).attempt
        self._warm.append(worker)
        self.attempts.append((task, ended))
        self.scheduler.tell(f"{_name(task)}: {ended}")

    def work_on_queue(self, number: int) -> None:
        """What feeds workers from the queue, as `lambdas/work_queued` is fed; it ends with the last batch."""
        while self.open_batches:
            self.scheduler.sleep(self.dice.between(1, 8), "poll")
            if self.queue.waiting():
                self.scheduler.join([self.scheduler.spawn(f"queue worker {number}", self._receive)], 60)

    def _receive(self) -> None:
        try:
            for message in self._task_queue.receive(wait_seconds=0, hidden_seconds=self.scenario.hidden_seconds):
                if message.received <= MAX_RECEIVED and not self._goes_wrong(message):
                    self._run(chunk_message.from_text(message.body))
                self._task_queue.delete(message)  # or it is a dead letter
        except TransientError as exc:
            self.scheduler.tell(f"the message will come again: {exc!r}")

    def _goes_wrong(self, message: Message) -> bool:
        how, calm = self.scenario.deliveries, self.scheduler.calm
        if not calm and self.dice.chance(how.doubled):
            self.queue.send([message.body], Deadline.after(1))
        return not calm and self.dice.chance(how.lost)

    def _cold(self) -> ChunkWorker:
        scheduler = self.scheduler
        return ChunkWorker(
            self.store,
            self._object_store,
            EventStore(self._commit_log, now=self.now),
            self._workers,
            lease_seconds=self.scenario.lease_seconds,
            now=self.now,
            leave=lambda: scheduler.crash(scheduler.current.process),
            item_run=partial(CooperativeItemRun, scheduler),
        )

    # ---- items

    def _process(self, item: Item, context: Context) -> None:
        key = f"{item.data['batch']}/{item.id}"
        fate = "ok" if item.data["batch"] in self.mended else item.data["fate"]
        self.scheduler.pause(f"item {key}")
        if fate == "refused":
            raise ValueError("no such account")
        if fate == "kills" or (fate == "killed once" and not self._busy[key]):
            self._busy[key] += 1
            self.scheduler.crash(self.scheduler.current.process)
        if fate == "busy" and self._busy[key] < 2:
            self._busy[key] += 1
            raise TransientError("busy")
        # A store to itself: two lanes that share one wait for each other as threads do, which actors can't.
        store = self._event_stores.pop() if self._event_stores else EventStore(self._commit_log, now=self.now)
        own = replace(context, store=store)
        own.execute(WALL, str(int(item.id) % self.scenario.streams), mark(key))
        self._event_stores.append(store)
        if fate == "refused after its effect":
            raise ValueError("too late")

    def _upload(self, batch: BatchPlan) -> None:
        lines = [f"{n},{batch.name},{fate}\n" for n, fate in enumerate(batch.items)]
        content = "".join(["id,batch,fate\n", *lines]).encode()
        self.objects.upload(Location(bucket="flights", key=f"{batch.name}.csv"), content)

    def _lagging(self, key: Hashable, newest: object) -> object:
        return self._versions.old(key, newest) if self.dice.chance(REPLICA_MISSES) else newest


def _name(task: ChunkTask) -> str:
    return f"{task.batch} g{task.generation} chunk {task.chunk.i}"
