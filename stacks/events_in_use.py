"""Which events table an environment uses: the one that its stack made, or one that a restore made."""

from dataclasses import dataclass

from stacks.environment import Environment
from stacks.names import Names


@dataclass(frozen=True)
class EventsInUse:
    """By name: a restored table belongs to no stack (decision 32).

    Parameters
    ----------
    environment : Environment
    """

    environment: Environment

    @property
    def table(self) -> str:
        """The table's name."""
        return self.environment.restored_table or Names(self.environment.name).first_events_table

    @property
    def stream_parameter(self) -> str:
        """The SSM parameter that holds the ARN of its stream."""
        names, restored = Names(self.environment.name), self.environment.restored_table
        return names.restored_stream_parameter(restored) if restored else names.events_stream_parameter
