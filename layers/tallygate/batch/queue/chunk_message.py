"""A chunk's message, as text in a queue.

What became of the chunk is no reason to keep its message, if nothing went wrong: the gatekeeper sends an overdue
chunk again. WON, LOST, RECORDED: there is a record. LATE: there will be one, by force. LEASED: a twin is at work; if it
dies, its lease lapses, and the chunk is overdue. CHECKPOINTED: kept, the message would count toward the dead letters,
although its chunk goes on well.
"""

import json

from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.errors import BadInput

MAX_BODY = 4096  # ours have less than 300


def to_text(task: ChunkTask) -> str:
    """A message's body."""
    return json.dumps(task.to_json(), separators=(",", ":"))


def from_text(body: str) -> ChunkTask:
    """The inverse of `to_text`. Raises `BadInput`, which tells nothing of the body: it goes to a log."""
    if len(body) > MAX_BODY:
        raise BadInput(f"a body of {len(body):,} characters is no chunk message: {MAX_BODY:,} at most")
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise BadInput(f"a body of {len(body)} characters is no chunk message: it is no JSON") from exc
    return ChunkTask.from_json(raw)
