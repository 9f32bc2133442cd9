"""What counting costs, and what it costs to hand out the items: prices of us-east-1, on demand."""

import math

from bench.foils.chunk_records import CHUNK_SIZE, NAME
from bench.foils.distributed_map import BatchedMap, DistributedMap
from bench.foils.outcome import Outcome

WRITE_UNIT = 0.625e-6
READ_UNIT = 0.125e-6
TRANSITION = 25e-6
EXPRESS_REQUEST = 1e-6
QUEUE_REQUESTS = 3 * 0.40e-6
"""To send, receive and delete a message, one by one."""


def dollars(outcome: Outcome) -> float:
    """Of the counting alone: units and transitions, without queues, functions and the duration of Express children."""
    children = outcome.items / BatchedMap.batch_size if outcome.design == BatchedMap.name else 0
    units = outcome.write * WRITE_UNIT + outcome.read * READ_UNIT
    return units + outcome.transitions * TRANSITION + children * EXPRESS_REQUEST


def dispatch_dollars(design: str, items: int) -> float:
    """Of handing out the items: by a queue in the seven, by `map`, its dearer way, in Tallygate; maps do both."""
    if design in (DistributedMap.name, BatchedMap.name):
        return 0.0
    if design == NAME:
        return math.ceil(items / CHUNK_SIZE) * (TRANSITION + EXPRESS_REQUEST)
    return items * QUEUE_REQUESTS
