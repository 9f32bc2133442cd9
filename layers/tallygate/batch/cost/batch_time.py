"""How long a batch is expected to take, and how often the gatekeeper polls meanwhile."""

import math

import msgspec

from tallygate.batch.cost.batch_shape import BatchShape, processor

LINES_PER_SECOND = 150_000  # that plan reads on a whole processor
BYTES_PER_SECOND = 50e6  # that come from S3
PLAN_SECONDS = 0.3  # around the lines
CALL_SECONDS = 0.05  # gatekeeper, report, send: around the records
RECORD_SECONDS = 20e-6  # of a whole processor, to read a record
SENT_PER_SECOND = 1000.0  # messages
STARTED_PER_SECOND = 1000.0  # children of a Distributed Map, Express
MAP_SECONDS = 1.0  # around its children
STEP_SECONDS = 0.05  # from one state to the next
FIRST_PAUSE, GROWTH, LONGEST_PAUSE = 2.0, 1.5, 30.0  # of the gatekeeper's Retry


class Ramp(msgspec.Struct, frozen=True):
    """How workers come: so many at once, so many more each second.

    Sources: AWS Lambda's guide: a function scales by 1,000 every 10 s; an SQS event source begins with 5 pollers and
    adds 300 a minute.
    """

    at_once: float
    per_second: float

    def seconds(self, work: float, most: int) -> float:
        """How long `most` workers, once they are all there, take for so many worker-seconds."""
        if most <= self.at_once:
            return work / most
        rising = (most - self.at_once) / self.per_second
        risen = rising * (self.at_once + most) / 2  # worker-seconds by then
        if work >= risen:
            return rising + (work - risen) / most
        return (math.sqrt(self.at_once**2 + 2 * self.per_second * work) - self.at_once) / self.per_second


RAMPS = {"map": Ramp(1000, 100), "queue": Ramp(5, 5)}


def plan_seconds(batch: BatchShape) -> float:
    """Plan, warm: it reads every line."""
    by_lines = batch.items / LINES_PER_SECOND / processor(batch.plan_memory_mb)
    return PLAN_SECONDS + max(by_lines, batch.items * batch.line_bytes / BYTES_PER_SECOND)


def send_seconds(batch: BatchShape) -> float:
    """Send, warm: it sends every chunk to the queue. Nothing with a map."""
    return CALL_SECONDS + batch.chunks / SENT_PER_SECOND if batch.dispatch == "queue" else 0.0


def read_seconds(batch: BatchShape, records: float) -> float:
    """A call of the gatekeeper or the report, warm, that reads so many records."""
    return CALL_SECONDS + records * RECORD_SECONDS / processor(batch.helper_memory_mb)


def work_seconds(batch: BatchShape) -> float:
    """From the first chunk's start to the last chunk's record."""
    workers = min(batch.concurrency, batch.chunks)
    rounds = math.ceil(batch.chunks / workers) * batch.worker_chunk_seconds
    ramp = RAMPS[batch.dispatch].seconds(batch.chunks * batch.worker_chunk_seconds, workers)
    started = batch.chunks / STARTED_PER_SECOND if batch.dispatch == "map" else 0.0
    return batch.init_seconds + max(rounds, ramp, started)


def pauses(seconds: float) -> tuple[int, float]:
    """The gatekeeper's polls until so many seconds have passed, and how long it has waited by then.

    Its pauses grow from 2 s to 30 s; full jitter takes half of each on average.
    """
    polls, waited, pause = 0, 0.0, FIRST_PAUSE
    while waited < seconds and pause < LONGEST_PAUSE:
        polls, waited, pause = polls + 1, waited + pause / 2, pause * GROWTH
    if waited < seconds:
        more = math.ceil((seconds - waited) / (LONGEST_PAUSE / 2))
        polls, waited = polls + more, waited + more * LONGEST_PAUSE / 2
    return polls, waited


def gatekeeper_wait(batch: BatchShape) -> tuple[float, float]:
    """Polls that are not ready, and the seconds they wait. With a map none: its end is the chunks' end.

    Chunks that need several attempts are dispatched again by the gatekeeper, with either dispatch.
    """
    later = work_seconds(batch) * (1 - 1 / batch.attempts) if batch.dispatch == "map" else work_seconds(batch)
    polls, waited = pauses(later)
    return polls if batch.polls is None else batch.polls, waited


def expected_seconds(batch: BatchShape) -> float:
    """From the start of the execution to its end, if nothing fails."""
    cold = 3 * batch.init_seconds  # plan, gatekeeper, report
    dispatched = MAP_SECONDS + work_seconds(batch) / batch.attempts if batch.dispatch == "map" else send_seconds(batch)
    read = 2 * read_seconds(batch, batch.chunks)
    return cold + plan_seconds(batch) + dispatched + gatekeeper_wait(batch)[1] + read + 9 * STEP_SECONDS
