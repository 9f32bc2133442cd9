"""The worker outside Lambda, in a thread: what it does with a message, with errors, and when it is stopped."""

import json
import logging
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from tallygate.batch import Context, Item
from tallygate.batch.errors import NotReadyError
from tallygate.batch.gatekeeper import Gatekeeper
from tallygate.batch.queue import chunk_message
from tallygate.batch.queue.interruptible_run import InterruptibleRun
from tallygate.batch.queue.json_lines import JsonLines
from tallygate.batch.queue.memory_task_queue import MemoryTaskQueue
from tallygate.batch.queue.queue_dispatcher import QueueDispatcher
from tallygate.batch.queue.queue_worker import Pace, QueueWorker
from tallygate.batch.queue.task_queue import Message
from tallygate.batch.work.attempt import Attempt
from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tests.unit.batch.queues import PACE, planned, sent, worker


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
            time.sleep(0.5)  # longer than it takes to notice the stop: items in progress have their grace

    bench = planned(process, items=100, chunk_size=100)
    queue = sent(bench)
    one = QueueWorker(queue, worker(bench, partial(InterruptibleRun, interrupted=stop.is_set)), stop=stop, pace=PACE)
    thread = threading.Thread(target=one.run)
    thread.start()
    begun.wait(10)
    time.sleep(0.2)  # the worker waits for its items, not to checkpoint for another 10 s
    busy = [one.busy]
    started = time.monotonic()
    stop.set()
    thread.join(10)
    assert time.monotonic() - started < 2
    assert [*busy, one.busy] == [True, False]
    (held,) = bench.records.progress(bench.manifest())
    assert 4 <= sum(number in held.done for number in range(100)) < 100
    assert (queue.waiting(), bench.left) == (1, [])


def test_items_that_outlast_a_stopped_worker_are_not_blamed_for_it() -> None:
    """Three restarts of a container while a slow item runs must not make it a failed one."""
    stop, begun, go = threading.Event(), threading.Event(), threading.Event()

    def process(_item: Item, _context: Context) -> None:
        begun.set()
        go.wait(30)

    bench = planned(process, items=1, chunk_size=1)
    one = worker(bench, partial(InterruptibleRun, interrupted=stop.is_set))
    thread = threading.Thread(target=QueueWorker(sent(bench), one, stop=stop, pace=PACE).run)
    thread.start()
    begun.wait(10)
    stop.set()
    thread.join(20)
    go.set()
    (held,) = bench.records.progress(bench.manifest())
    assert (held.handover.overruns, bench.left) == ({}, ["left"])


def test_a_chunk_that_takes_too_long_is_left_to_the_gatekeeper() -> None:
    go = threading.Event()
    bench = planned(lambda *_: (go.wait(0.05), None)[1], items=100, chunk_size=100)
    queue = sent(bench)
    pace = Pace(wait=0, hidden=60, attempt=10.5)  # of which 10 s are kept back for the last checkpoint
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
