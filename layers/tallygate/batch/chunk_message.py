"""A chunk's message, from text to attempt: the one place where workers fed by a queue call the chunk worker."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from tallygate.batch.chunk_worker import Attempt, ChunkTask, ChunkWorker
from tallygate.batch.errors import BadInput


@dataclass(frozen=True, slots=True)
class Attempted:
    """What became of a message, when nothing went wrong.

    Its message is done, whatever the outcome: the gatekeeper sends an overdue chunk again. WON, LOST, RECORDED: there
    is a record. LATE: there will be one, by force. LEASED: a twin is at work; should it die, its lease lapses, and the
    chunk is overdue. CHECKPOINTED: the attempt's own lease still stands, so that a message sent at once would be taken
    for a duplicate and dropped; kept, it would count toward the dead letters though its chunk goes on well.
    """

    task: ChunkTask
    outcome: Attempt


def to_text(task: ChunkTask) -> str:
    """A message's body."""
    return json.dumps(task.to_json(), separators=(",", ":"))


def from_text(body: str) -> ChunkTask:
    """The inverse of `to_text`. Raises `BadInput`."""
    try:
        raw = json.loads(body)
    except ValueError as exc:
        raise BadInput(f"{body[:200]!r} is no chunk message: it is no JSON") from exc
    return ChunkTask.from_json(raw)


def attempt(worker: ChunkWorker, task: ChunkTask, seconds_left: Callable[[], float]) -> Attempted:
    """One attempt at a message's chunk. Raises what `ChunkWorker.run` raises."""
    return Attempted(task, worker.run(task, seconds_left))
