"""A meter of AWS calls: how long each operation takes, and how often it was throttled, or got no answer.

`tallygate.aws` puts it on every client that it makes. It is read once per invocation (`tallygate.observed`); in a
process that never reads it it grows no further than some hundred numbers for each operation.
"""

import math
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import Any

from botocore.client import BaseClient

THROTTLED = frozenset(
    {
        "KMSThrottlingException",  # of a Kinesis stream's key
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        # Somebody's transaction holds the item for a moment. The SDK's own list of what to retry omits these.
        "TransactionConflictException",
        "TransactionInProgressException",
        # The same, as reasons for which a transaction is cancelled.
        "ProvisionedThroughputExceeded",
        "ThrottlingError",
        "TransactionConflict",
    }
)
MOST_VALUES = 100  # of one metric in one line of EMF
_STEP = math.log(1.05)  # two neighbours of a distribution are 5 % apart: what is told is within 2.5 % of the truth
_LEAST = 0.01
_BEGAN, _ATTEMPTS = "tallygate-began", "tallygate-attempts"


class Distribution:
    """How often which value was seen, to within 2.5 %. Never more than some 350 numbers, however many values.

    A sample would lose just those few values that a p99 is about. This keeps them all, and tells them as at most 100
    values in equal steps of rank, so that the p99 of what is told is the p99 of what was.
    """

    __slots__ = ("_counts", "count")

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.count = 0

    def add(self, value: float) -> None:
        """A value above 0; what is below 0.01 counts as that."""
        self._counts[round(math.log(max(value, _LEAST)) / _STEP)] += 1
        self.count += 1

    def values(self, most: int = MOST_VALUES) -> list[float]:
        """All values, ascending; more than `most` are told by `most` of them: those at ranks (i + ½) / most."""
        told, seen, ranks = list[float](), 0, min(self.count, most)
        for bucket, count in sorted(self._counts.items()):
            seen += count
            value = float(f"{math.exp(bucket * _STEP):.3g}")
            while len(told) < ranks and (len(told) + 0.5) / ranks * self.count <= seen:
                told.append(value)
        return told


class Calls:
    """What became of the calls of one operation.

    Attributes
    ----------
    milliseconds : Distribution
        Of whole calls, retries and pauses included; of an object's body only the headers are waited for.
    retried, throttled, unanswered : int
        Attempts: beyond the first of each call; refused for being too many, be it for some of their records only;
        without an answer, or with a 5xx.
    """

    __slots__ = ("milliseconds", "retried", "throttled", "unanswered")

    def __init__(self) -> None:
        self.milliseconds = Distribution()
        self.retried = self.throttled = self.unanswered = 0

    def counts(self) -> dict[str, int]:
        """Metrics by name; those that are 0 are left out, for they would cost as much as others."""
        counts = {
            "CallsRetried": self.retried,
            "CallsThrottled": self.throttled,
            "CallsUnanswered": self.unanswered,
        }
        return {name: count for name, count in counts.items() if count}


class CallMeter:
    """Listens to clients. Safe to share between threads; some microseconds a call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, Calls] = {}

    def watch(self, client: BaseClient) -> None:
        """Meter a client's calls from now on."""
        events = client.meta.events
        events.register("before-call", self._begin)
        events.register("response-received", self._attempt)
        events.register("after-call", self._end)
        events.register("after-call-error", self._fail)

    def take(self) -> Mapping[str, Calls]:
        """What was seen since the last time, by operation, such as `dynamodb.PutItem`."""
        with self._lock:
            taken, self._calls = self._calls, {}
        return taken

    def _of(self, event_name: str) -> Calls:
        operation = event_name.partition(".")[2]
        calls = self._calls.get(operation)
        if calls is None:
            calls = self._calls[operation] = Calls()
        return calls

    def _begin(self, context: dict[str, Any], **_: object) -> None:
        context[_BEGAN], context[_ATTEMPTS] = perf_counter(), 0

    def _attempt(
        self,
        event_name: str,
        context: dict[str, Any],
        parsed_response: Mapping[str, Any] | None,
        exception: Exception | None,
        **_: object,
    ) -> None:
        context[_ATTEMPTS] = attempts = context.get(_ATTEMPTS, 0) + 1
        status = 599 if parsed_response is None else _status(parsed_response)
        throttled = parsed_response is not None and _is_throttled(parsed_response, status)
        if attempts == 1 and status < 400 and exception is None and not throttled:
            return  # as nearly always
        with self._lock:
            calls = self._of(event_name)
            calls.retried += attempts > 1
            calls.throttled += throttled
            calls.unanswered += not throttled and (exception is not None or status >= 500)

    def _end(self, event_name: str, context: dict[str, Any], **_: object) -> None:
        began = context.get(_BEGAN)
        if began is not None:
            milliseconds = (perf_counter() - began) * 1000
            with self._lock:
                self._of(event_name).milliseconds.add(milliseconds)

    def _fail(self, event_name: str, context: dict[str, Any], **_: object) -> None:
        """No answer after all; an attempt whose answer broke off was not announced as received."""
        if context.get(_ATTEMPTS) == 0:
            with self._lock:
                self._of(event_name).unanswered += 1
        self._end(event_name, context)


def _status(parsed: Mapping[str, Any]) -> int:
    return int(parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 200))


def _is_throttled(parsed: Mapping[str, Any], status: int) -> bool:
    """As a whole; or a transaction because of one of its items; or some records of an answer that says 200."""
    if status >= 400:
        refusals = (parsed.get("Error", {}), *parsed.get("CancellationReasons", ()))
        return any(one.get("Code") in THROTTLED for one in refusals)
    if parsed.get("FailedRecordCount"):  # Kinesis
        return _any_throttled(parsed.get("Records", ()))
    # EventBridge; of what has such a count, only PutEvents has entries.
    return bool(parsed.get("FailedEntryCount")) and _any_throttled(parsed.get("Entries", ()))


def _any_throttled(results: Iterable[Mapping[str, Any]]) -> bool:
    return any(one.get("ErrorCode") in THROTTLED for one in results)


METER = CallMeter()
"""Of this process."""
