"""One environment's stacks, wired."""

import aws_cdk
from aws_cdk import Stage, Tags
from constructs import Construct

from stacks.batch import BatchStack
from stacks.environment import Environment
from stacks.events import EventsStack
from stacks.fan_out import FanOutStack
from stacks.layers import LayersStack
from stacks.observability import ObservabilityStack


class Tallygate(Stage):
    """Everything that is deployed for one environment; a pipeline deploys the same class.

    Parameters
    ----------
    environment : Environment
        What makes this deployment differ from others.
    place : aws_cdk.Environment, optional
        Account and Region; by default those of whoever deploys.
    """

    def __init__(self, scope: Construct, *, environment: Environment, place: aws_cdk.Environment | None = None) -> None:
        super().__init__(scope, environment.title, env=place)
        layers = LayersStack(self, environment=environment)
        events = EventsStack(self, environment=environment)
        layers.add_stack_dependency(events)  # where there is a key of the data, logs of its functions lie under it
        # They know each other by name only, so that the order has to be said.
        batch = BatchStack(self, environment=environment, contents=layers.contents)
        fan_out = FanOutStack(self, environment=environment, contents=layers.contents)
        for stack in (batch, fan_out):
            stack.add_stack_dependency(layers)
            stack.add_stack_dependency(events)
        ObservabilityStack(self, stacks=(layers, events, batch, fan_out), environment=environment)
        for key, value in {"application": "tallygate", "environment": environment.name, **environment.tags}.items():
            Tags.of(self).add(key, value)
