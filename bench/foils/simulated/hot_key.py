"""The limit of one partition key: 1,000 write units a second, and no more than a second's worth at once."""

from bench.foils.simulated.errors import refusal

WRITE_UNITS_A_SECOND = 1000.0


class HotKeys:
    """A bucket of units for each partition key. A write that begins when units are left is let through whole."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[float, float]] = {}  # at which time, how many

    def take(self, key: str, units: float, *, now: float, operation: str) -> None:
        """Take the units of a write. Raises the ClientError of a throttled call, which takes none."""
        at, left = self._left.get(key, (now, WRITE_UNITS_A_SECOND))
        left = min(WRITE_UNITS_A_SECOND, left + (now - at) * WRITE_UNITS_A_SECOND)
        if left <= 0:
            raise refusal("ThrottlingException", operation, f"partition key {key} is hot")
        self._left[key] = (now, left - units)
