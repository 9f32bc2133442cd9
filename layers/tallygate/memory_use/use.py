"""What a function used, and what it should have."""

import math

import msgspec

LEAST_MB, MOST_MB, STEP_MB = 128, 10_240, 64
TIGHT, LOOSE = 0.85, 0.40
ROOM = 1.5  # over the most that was used: the next invocation may be larger


class Use(msgspec.Struct, frozen=True):
    """Memory of one function, in megabytes.

    Parameters
    ----------
    function : str
        Its name within the environment.
    configured : int
    most, p99 : float or None
        Used by an invocation; None: none was reported.
    """

    function: str
    configured: int
    most: float | None = None
    p99: float | None = None

    @property
    def fitting(self) -> int:
        """The most that was used and half as much again, in steps of 64 MB."""
        wanted = math.ceil((self.most or 0.0) * ROOM / STEP_MB) * STEP_MB
        return min(MOST_MB, max(LEAST_MB, wanted))

    @property
    def advice(self) -> str:
        """What to do."""
        if self.most is None:
            return "nothing reported yet"
        part = self.most / self.configured
        if part > TIGHT and self.configured >= MOST_MB:
            return "it has the most that there is: let it do less at a time"
        if part > TIGHT:
            return f"raise it to {min(MOST_MB, max(self.fitting, self.configured + STEP_MB))} MB"
        if part < LOOSE and self.fitting < self.configured:
            return f"{self.fitting} MB would do, if it waits more than it computes"
        return "as it should be"


def percentile(values: list[float], part: float) -> float:
    """The smallest value that at least this part of the values don't exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * part) - 1)]
