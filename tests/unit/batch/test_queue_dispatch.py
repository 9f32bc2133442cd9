"""Dispatch by queue on the twins: messages that come twice, never, late or in any order change no count."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from tallygate.batch import Context, Item
from tallygate.batch.errors import BadInput, NotReadyError, UnknownBatch
from tallygate.batch.gatekeeper import Gatekeeper
from tallygate.batch.queue import chunk_message
from tallygate.batch.queue.memory_task_queue import MemoryTaskQueue
from tallygate.batch.queue.queue_dispatcher import QueueDispatcher
from tallygate.batch.queue.queue_worker import QueueWorker
from tallygate.batch.queue.sender import Sender
from tallygate.batch.work.attempt import Attempt
from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tests.accounts import ACCOUNT, deposit
from tests.unit.batch.queues import PACE, planned, sent, work, worker


class UnrulyQueue(MemoryTaskQueue):
    """Delivers in any order; some messages twice, some never."""

    def __init__(self, rng: random.Random, now: Callable[[], float], *, twice: float = 0.3, never: float = 0.4) -> None:
        super().__init__(now)
        self._rng, self._twice, self._never = rng, twice, never
        self.sent: list[str] = []

    def send(self, bodies: Sequence[str], until: Deadline) -> None:
        self.sent += bodies
        for body in bodies:
            fate = self._rng.random()
            super().send([body] * (0 if fate < self._never else 2 if fate < self._never + self._twice else 1), until)
        with self._lock:
            self._rng.shuffle(self._kept)


@pytest.mark.parametrize("seed", range(20))
def test_messages_twice_never_and_in_any_order_make_an_exact_batch(seed: int) -> None:
    tried: Counter[str] = Counter()

    def process(item: Item, context: Context) -> None:
        tried[item.id] += 1
        context.execute(ACCOUNT, "1", deposit)
        if int(item.id) % 10 == 3:
            raise ValueError("refused")

    bench = planned(process, items=60, chunk_size=4)
    queue = UnrulyQueue(random.Random(seed), lambda: bench.clock().timestamp())
    sent(bench, queue)
    gatekeeper = Gatekeeper(bench.records, bench.objects, {"map": QueueDispatcher(queue)}, now=bench.clock)
    for _ in range(100):
        work(bench, queue)
        try:
            gatekeeper.check("b1", 0)
            break
        except NotReadyError:
            bench.clock.sleep(10)
    report = bench.reporter().report("b1", 0)
    assert (report["ok"], report["failed"], report["abandoned"]) == (54, 6, 0)
    assert set(tried.values()) == {1}
    assert worker(bench)._events.load(ACCOUNT, "1").state == 60
    assert len(queue.sent) > 15  # some were lost, and the gatekeeper sent them again


def test_two_workers_at_once_on_messages_that_all_come_twice() -> None:
    bench = planned(lambda _item, context: (context.execute(ACCOUNT, "1", deposit), None)[1], items=40, chunk_size=4)
    queue = sent(bench)
    sent(bench, queue)
    stop = threading.Event()
    threads = [threading.Thread(target=QueueWorker(queue, worker(bench), stop=stop, pace=PACE).run) for _ in range(2)]
    for thread in threads:
        thread.start()
    until = Deadline.after(20)
    while queue.waiting() and not until.passed:
        time.sleep(0.01)
    while len(list(bench.records.chunks(bench.manifest()))) < 10 and not until.passed:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert bench.reporter().report("b1", 0)["ok"] == 40
    assert worker(bench)._events.load(ACCOUNT, "1").state == 40


def test_a_sender_sends_every_chunk_and_again_when_asked() -> None:
    bench = planned(lambda *_: None, items=2500, chunk_size=1)
    queue = MemoryTaskQueue()
    sender = Sender(bench.records, bench.objects, queue)
    assert sender.send("b1", 0) == 2500
    assert sorted(chunk_message.from_text(kept.body).chunk.i for kept in queue._kept) == list(range(2500))
    assert sender.send("b1", 0) == 2500
    assert queue.waiting() == 5000
    with pytest.raises(UnknownBatch, match="plan it first"):
        sender.send("b9", 0)


def test_a_sender_that_could_not_send_some_says_so() -> None:
    class Failing(MemoryTaskQueue):
        def send(self, bodies: Sequence[str], until: Deadline) -> None:
            if any(chunk_message.from_text(body).chunk.i == 1777 for body in bodies):
                raise Unavailable("no answer")
            super().send(bodies, until)

    bench = planned(lambda *_: None, items=2500, chunk_size=1)
    with pytest.raises(Unavailable):
        Sender(bench.records, bench.objects, Failing()).send("b1", 0)


def test_what_a_chunk_worker_answers_a_message_is_done() -> None:
    bench = planned(lambda *_: None, items=4, chunk_size=4)
    task = next(bench.tasks())
    assert chunk_message.from_text(chunk_message.to_text(task)) == task
    attempts = [worker(bench).run(task, lambda: 240.0).attempt for _ in range(2)]
    assert attempts == [Attempt.WON, Attempt.RECORDED]


@pytest.mark.parametrize(
    "body", ["", "no JSON", "[]", '{"batch": "b1"}', '{"batch": "b1", "generation": 0, "chunk": 1}']
)
def test_a_message_that_is_none_is_said_to_be_none(body: str) -> None:
    with pytest.raises(BadInput, match="is no chunk"):
        chunk_message.from_text(body)
