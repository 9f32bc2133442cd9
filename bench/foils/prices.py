"""What counting costs: prices of us-east-1, on demand."""

from bench.foils.distributed_map import BatchedMap
from bench.foils.outcome import Outcome

WRITE_UNIT = 0.625e-6
READ_UNIT = 0.125e-6
TRANSITION = 25e-6
EXPRESS_REQUEST = 1e-6


def dollars(outcome: Outcome) -> float:
    """Of the counting alone: units and transitions, without queues, functions and the duration of Express children."""
    children = outcome.items / BatchedMap.batch_size if outcome.design == BatchedMap.name else 0
    units = outcome.write * WRITE_UNIT + outcome.read * READ_UNIT
    return units + outcome.transitions * TRANSITION + children * EXPRESS_REQUEST
