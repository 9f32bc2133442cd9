"""The bus to which effects send what the rest of the world is told."""

from typing import cast

from aws_cdk import aws_events as events
from constructs import Construct

from stacks.constructs.data_key import data_key_arn
from stacks.environment import Environment


class OutboxBus(Construct):
    """An EventBridge bus, without rules: who listens adds a rule of their own.

    Attributes
    ----------
    bus : events.EventBus
    """

    def __init__(self, scope: Construct, id: str, *, bus_name: str, environment: Environment) -> None:
        super().__init__(scope, id)
        self.bus = events.EventBus(
            self, "Bus", event_bus_name=bus_name, description="Tallygate: what effects have to tell"
        )
        # Not by the property `kms_key`: it means to write the policy of a key that stands in another stack.
        bus = cast("events.CfnEventBus", self.bus.node.default_child)
        bus.kms_key_identifier = data_key_arn(self, environment)
