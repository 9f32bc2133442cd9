"""What was flown, counted: the unit of the views."""

from dataclasses import dataclass

from domain.logbook import FlightCancelled, FlightFlown


@dataclass(frozen=True)
class Flown:
    """Flights and what they add up to. A cancelled flight adds no miles."""

    flights: int = 0
    minutes: int = 0  # in the air, where the record says
    miles: int = 0
    cancelled: int = 0

    def after(self, event: FlightFlown | FlightCancelled) -> "Flown":
        """The count with one more flight."""
        if isinstance(event, FlightCancelled):
            return Flown(self.flights, self.minutes, self.miles, self.cancelled + 1)
        minutes = self.minutes + (event.air_time or 0)
        return Flown(self.flights + 1, minutes, self.miles + event.distance, self.cancelled)

    def plus(self, other: "Flown") -> "Flown":
        """Both together."""
        return Flown(
            self.flights + other.flights,
            self.minutes + other.minutes,
            self.miles + other.miles,
            self.cancelled + other.cancelled,
        )
