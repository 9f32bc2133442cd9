"""What a run came to, in figures."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One design, one run.

    Parameters
    ----------
    design : str
    where : str
        `simulation`, or the server's name.
    items, counted : int
        The truth, and what the design says in the end; -1: it can't say.
    finish : str
        When somebody learned that the batch is finished: `right`, `EARLY, …`, `never`.
    seconds : float
        From the start until then: of simulated time, or of the clock.
    calls : mapping
        By operation, as they arrived, retries included.
    retries : int
        Sent by the SDK after a fault or a throttled call.
    refused : mapping
        Calls without effect by reason: conflicts, failed conditions, throttled.
    write, read : float
        Units.
    transitions : int
        Of state machines.
    deliveries, gave_back, crashes : int
        See `Judge`.
    """

    design: str
    where: str
    items: int
    counted: int
    finish: str
    seconds: float
    calls: Mapping[str, int]
    retries: int
    refused: Mapping[str, int]
    write: float
    read: float
    transitions: int = 0
    deliveries: int = 0
    gave_back: int = 0
    crashes: int = 0

    @property
    def wrong_by(self) -> int:
        """Counted, less true."""
        return self.counted - self.items

    @property
    def right(self) -> bool:
        """Whether the count is right and somebody knew in time."""
        return self.wrong_by == 0 and self.finish == "right"

    @property
    def refusals(self) -> int:
        """Writes without effect: somebody else was at the record, or the item was counted before."""
        return sum(count for reason, count in self.refused.items() if reason != "ThrottlingException")
