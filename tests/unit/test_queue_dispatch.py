"""Dispatch by queue on the twins: messages that come twice, never, late or in any order change no count."""

import json
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from tallygate.batch import Context, Item, chunk_message
from tallygate.batch.chunk_worker import Attempt, ChunkWorker
from tallygate.batch.errors import BadInput, NotReadyError, UnknownBatch
from tallygate.batch.gatekeeper import Gatekeeper
from tallygate.batch.interruptible_run import InterruptibleRun
from tallygate.batch.item_run import ItemRun
from tallygate.batch.json_lines import JsonLines
from tallygate.batch.memory_task_queue import MemoryTaskQueue
from tallygate.batch.queue_dispatcher import QueueDispatcher
from tallygate.batch.queue_worker import Pace, QueueWorker
from tallygate.batch.sender import Sender
from tallygate.batch.task_queue import Message
from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.events import EventStore
from tests.accounts import ACCOUNT, deposit
from tests.unit.batches import Bench

PACE = Pace(wait=0, hidden=60, lease=30)


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


def worker(bench: Bench, item_run: Callable[..., ItemRun] = ItemRun) -> ChunkWorker:
    return ChunkWorker(
        bench.records,
        bench.objects,
        EventStore(bench.log, now=bench.clock),
        bench.workers,
        lease_seconds=30,
        now=bench.clock,
        leave=lambda: bench.left.append("left"),
        item_run=item_run,
    )


def planned(process: Callable[[Item, Context], None], items: int, chunk_size: int) -> Bench:
    bench = Bench(process)
    bench.upload(*range(items))
    bench.plan({"chunk_size": chunk_size, "item_concurrency": 4})
    return bench


def sent(bench: Bench, queue: MemoryTaskQueue | None = None) -> MemoryTaskQueue:
    queue = queue or MemoryTaskQueue(lambda: bench.clock().timestamp())
    Sender(bench.records, bench.objects, queue).send("b1", 0)
    return queue


class Stopping(threading.Event):
    """Set once the queue has nothing to give: a worker works until then, in the test's own thread."""

    def __init__(self, queue: MemoryTaskQueue) -> None:
        super().__init__()
        self._queue = queue

    def is_set(self) -> bool:
        return super().is_set() or not self._queue.waiting()


def work(bench: Bench, queue: MemoryTaskQueue) -> None:
    """Work until the queue has nothing to give. Only what is between chunks is asked whether to stop."""
    stop = Stopping(queue)
    one = QueueWorker(queue, worker(bench), stop=threading.Event(), pace=PACE, rng=lambda: 0.0)
    while not stop.is_set():
        for message in queue.receive(wait_seconds=0, hidden_seconds=PACE.hidden):
            one._handle(message)


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


def test_what_fails_is_kept_and_paused_after() -> None:
    bench = planned(lambda *_: None, items=4, chunk_size=4)
    queue, pauses = MemoryTaskQueue(lambda: bench.clock().timestamp()), list[float]()

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0)
            return super().wait(0)

    unknown = chunk_message.to_text(next(bench.tasks())).replace('"b1"', '"b9"')
    queue.send(["no JSON", unknown], Deadline.after(1))
    one = QueueWorker(queue, worker(bench), stop=Stop(), pace=PACE, rng=lambda: 1.0)
    for message in queue.receive(wait_seconds=0, hidden_seconds=60, most=2):
        one._handle(message)
    assert pauses == [0.5, 1.0]
    bench.clock.sleep(61)
    assert queue.waiting() == 2


def test_a_queue_without_answer_is_asked_again() -> None:
    asked: list[int] = []
    stop = threading.Event()

    class Silent(MemoryTaskQueue):
        def receive(self, **_: Any) -> Sequence[Message]:
            asked.append(1)
            if len(asked) == 5:
                stop.set()
            raise Unavailable("no answer")

    bench = planned(lambda *_: None, items=4, chunk_size=4)
    QueueWorker(Silent(), worker(bench), stop=stop, pace=PACE, rng=lambda: 0.0).run()
    assert len(asked) == 5


def test_a_message_that_arrives_after_the_stop_is_shown_to_others_at_once() -> None:
    bench = planned(lambda *_: None, items=4, chunk_size=4)
    queue, stop = sent(bench), threading.Event()

    class Late(MemoryTaskQueue):
        def receive(self, **given: Any) -> Sequence[Message]:
            stop.set()
            return queue.receive(**given)

        def extend(self, message: Message, seconds: int) -> bool:
            return queue.extend(message, seconds)

    QueueWorker(Late(), worker(bench), stop=stop, pace=PACE).run()
    assert queue.waiting() == 1
    assert list(bench.records.chunks(bench.manifest())) == []


def test_a_worker_that_is_stopped_checkpoints_and_shows_the_message_at_once() -> None:
    stop, begun = threading.Event(), threading.Event()

    def process(item: Item, _context: Context) -> None:
        if int(item.id) >= 4:
            begun.set()
            stop.wait(10)
            time.sleep(0.15)  # longer than the rest of the chunk may take to be begun

    bench = planned(process, items=100, chunk_size=100)
    queue = sent(bench)
    one = QueueWorker(queue, worker(bench, partial(InterruptibleRun, interrupted=stop.is_set)), stop=stop, pace=PACE)
    thread = threading.Thread(target=one.run)
    thread.start()
    begun.wait(10)
    busy = [one.busy]
    started = time.monotonic()
    stop.set()
    thread.join(10)
    assert time.monotonic() - started < 2
    assert [*busy, one.busy] == [True, False]
    (held,) = bench.records.progress(bench.manifest())
    assert 4 <= sum(number in held.done for number in range(100)) < 100
    assert (queue.waiting(), bench.left) == (1, [])
    work(bench, queue)
    assert bench.reporter().report("b1", 0)["ok"] == 100


def test_a_chunk_that_takes_too_long_is_left_to_the_gatekeeper() -> None:
    go = threading.Event()
    bench = planned(lambda *_: (go.wait(0.05), None)[1], items=100, chunk_size=100)
    queue = sent(bench)
    pace = Pace(wait=0, hidden=60, lease=30, attempt=10.5)  # of which 10 s are kept back for the last checkpoint
    one = QueueWorker(queue, worker(bench), stop=threading.Event(), pace=pace)
    one._handle(queue.receive(wait_seconds=0, hidden_seconds=60)[0])
    bench.clock.sleep(100)
    assert queue.waiting() == 0
    assert list(bench.records.chunks(bench.manifest())) == []
    gatekeeper = Gatekeeper(bench.records, bench.objects, {"map": QueueDispatcher(queue)}, now=bench.clock)
    with pytest.raises(NotReadyError, match="1 dispatched again"):
        gatekeeper.check("b1", 0)
    assert queue.waiting() == 1


def test_a_log_line_is_json_with_what_it_is_about() -> None:
    record = logging.LogRecord("tallygate", logging.INFO, "f.py", 1, "chunk %s", ("attempted",), None)
    record.__dict__.update({"batch": "b1", "chunk": 3, "attempt": Attempt.WON})
    line = json.loads(JsonLines().format(record))
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "INFO",
        "message": "chunk attempted",
        "logger": "tallygate",
        "batch": "b1",
        "chunk": 3,
        "attempt": "won",
    }
