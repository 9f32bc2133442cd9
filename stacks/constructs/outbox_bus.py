"""The bus to which effects send what the rest of the world is told."""

from aws_cdk import aws_events as events
from constructs import Construct


class OutboxBus(Construct):
    """An EventBridge bus, without rules: who listens adds a rule of their own.

    Attributes
    ----------
    bus : events.EventBus
    """

    def __init__(self, scope: Construct, id: str, *, bus_name: str) -> None:
        super().__init__(scope, id)
        self.bus = events.EventBus(
            self, "Bus", event_bus_name=bus_name, description="Tallygate: what effects have to tell"
        )
