"""A batch of records on its way to a function, and what is left of it when the function fails."""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as the function gets it, and its place in the shard."""

    position: int
    record: dict[str, Any]

    @property
    def sequence(self) -> str:
        """The record's sequence number."""
        source = self.record.get("kinesis")
        return str(source["sequenceNumber"] if source else self.record["dynamodb"]["SequenceNumber"])

    @property
    def arrived(self) -> float:
        """When it arrived, in seconds since the epoch."""
        source = self.record.get("kinesis")
        at = source["approximateArrivalTimestamp"] if source else self.record["dynamodb"]["ApproximateCreationDateTime"]
        return float(at)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that go to the function together.

    `failures` is how often all of these records were in a try that failed, splits apart; `throttled` how often the
    function could not be called at all. `tries` counts calls.
    """

    entries: tuple[Entry, ...]
    failures: int = 0
    throttled: int = 0
    tries: int = 0

    def from_failure(self, failed_at: int, *, bisect: bool) -> tuple["Batch", ...]:
        """Return what is to be tried next when the records from index `failed_at` on are not done.

        With `bisect` a batch is split where the failure was reported, or in the middle if nothing was done. A split
        is no retry: AWS does not count it against MaximumRetryAttempts. Without, the rest is tried again and counts.
        """
        rest = self.entries[failed_at:]
        if not bisect or len(self.entries) == 1:
            return (replace(self, entries=rest, failures=self.failures + 1, throttled=0, tries=self.tries + 1),)
        if failed_at:
            return (Batch(rest),)
        middle = len(rest) // 2
        return Batch(rest[:middle]), Batch(rest[middle:])

    def from_throttle(self) -> "Batch":
        """Return the batch after the function could not be called: that is no retry either."""
        return replace(self, throttled=self.throttled + 1)

    def aged(self, now: float, max_age: int) -> int:
        """Return how many of the first records are older than `max_age` seconds."""
        young = (number for number, entry in enumerate(self.entries) if now - entry.arrived <= max_age)
        return next(young, len(self.entries))
