"""`python -m tallygate.batch work`: the reference worker as a process or a container.

It needs the library, your code, and the variables of `WorkSettings`: BATCHES_TABLE, BATCHES_BUCKET, EVENTS_TABLE,
EVENTS_EPOCH, OVERFLOW_BUCKET, LEASE_SECONDS.
"""

import argparse
import importlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tallygate import settings
from tallygate.batch.queue import json_lines
from tallygate.batch.queue.queue_worker import Pace, QueueWorker
from tallygate.batch.queue.task_queue import MAX_WAIT_SECONDS, QueueRefused, TaskQueue
from tallygate.batch.wiring import outside
from tallygate.batch.worker import Worker
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput, Unavailable

MAX_HIDDEN_SECONDS = 12 * 60 * 60  # what SQS permits
MAX_THREADS = 64  # connections of a client
# After a stop: items in progress have 5 s, the last checkpoint some more. A long poll that runs on is left behind.
STOP_SECONDS = 20.0
LOOK_SECONDS = 0.1
_log = logging.getLogger(__name__)


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--queue-url", required=True, help="the address of the queue of chunks")
    parser.add_argument("--workers", required=True, metavar="MODULE:NAME", help="such as domain:WORKERS")
    parser.add_argument("--threads", type=int, default=1, help="chunks at a time, default: %(default)s")
    parser.add_argument("--wait-seconds", type=int, default=20, help="of a long poll, 0 to 20, default: %(default)s")
    parser.add_argument(
        "--hidden-seconds", type=int, help="a message is seen again so long after its worker died, default: two leases"
    )
    parser.add_argument(
        "--attempt-seconds",
        type=float,
        default=900,
        help="then a chunk is checkpointed and left to the gatekeeper, default: %(default)g",
    )
    parser.set_defaults(run=work)


def work(given: argparse.Namespace) -> int:
    """Work until told to stop.

    Returns the exit status: 0 when told to stop, 2 where arguments, variables or the queue don't fit. Items that hang
    end the process with 1: let it be started again.
    """
    json_lines.to_standard_error()
    stop = threading.Event()
    try:
        workers = load_workers(given.workers)
        known = settings.from_environment(settings.WorkSettings)
        pace = _pace(given, known.lease_seconds)
        queue = outside.task_queue(given.queue_url)
        _demand_queue(queue)
    except (InvalidInput, QueueRefused) as exc:
        print(exc, file=sys.stderr)
        return 2
    slots = [outside.queue_worker(known, workers, queue, stop=stop, pace=pace) for _ in range(given.threads)]
    return _run(slots, stop)


def load_workers(name: str) -> Sequence[Worker]:
    """The workers that `module:name` names; modules are looked for in the current folder too. Raises `InvalidInput`."""
    module, parted, attribute = name.partition(":")
    if not (module and parted and attribute):
        raise InvalidInput(f"--workers is {name!r}, expected module:name, such as domain:WORKERS")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as exc:
        raise InvalidInput(f"--workers {name} can't be loaded: {exc}; mend the name, or PYTHONPATH") from exc
    if not isinstance(found, Sequence) or not found or not all(isinstance(one, Worker) for one in found):
        raise InvalidInput(f"--workers {name} is {type(found).__name__}, expected a list or tuple of Worker, not empty")
    return found


def _pace(given: argparse.Namespace, lease_seconds: int) -> Pace:
    hidden = given.hidden_seconds if given.hidden_seconds is not None else 2 * lease_seconds
    _demand("--threads", given.threads, 1, MAX_THREADS)
    _demand("--wait-seconds", given.wait_seconds, 0, MAX_WAIT_SECONDS)
    # Shorter than the lease, and the message of a worker that died is dropped by whoever receives it.
    _demand("--hidden-seconds", hidden, lease_seconds + 1, MAX_HIDDEN_SECONDS)
    _demand("--attempt-seconds", given.attempt_seconds, 20, MAX_HIDDEN_SECONDS)
    return Pace(wait=given.wait_seconds, hidden=hidden, attempt=given.attempt_seconds)


def _demand(name: str, value: float, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidInput(f"{name} is {value:g}, expected {low} to {high}")


def _demand_queue(queue: TaskQueue) -> None:
    try:
        _log.info("the queue is there", extra={"waiting": queue.waiting()})
    except Unavailable as exc:
        _log.warning("the worker starts all the same: %s", exc)


def _run(slots: Sequence[QueueWorker], stop: threading.Event) -> int:
    told: list[int] = []  # a handler must not touch an Event that the main thread may be waiting for
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: told.append(number))
    threads = [threading.Thread(target=slot.run, name=f"slot-{i}", daemon=True) for i, slot in enumerate(slots)]
    for thread in threads:
        thread.start()
    _log.info("the worker is ready", extra={"threads": len(threads)})
    while not told and all(thread.is_alive() for thread in threads):
        time.sleep(LOOK_SECONDS)
    stop.set()
    until = Deadline.after(STOP_SECONDS)
    while any(slot.busy for slot in slots) and not until.passed:
        time.sleep(LOOK_SECONDS)
    _log.info("the worker stops", extra={"signals": told})
    logging.shutdown()
    # Not by returning: the interpreter would wait for items' threads, and a long poll may go on for 20 s. What that
    # receives now is hidden for a while, and seen again.
    os._exit(0 if told else 1)
