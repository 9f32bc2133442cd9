"""A domain that declares consumers: what infrastructure is tested with. It has no behaviour."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Consumer:
    """All that the stacks ask of a projection or an effect."""

    id: str
    category: str = "aircraft"


PROJECTIONS = (Consumer("fleet-1"), Consumer("routes_by_day-12"))
EFFECTS = (Consumer("departures"),)
