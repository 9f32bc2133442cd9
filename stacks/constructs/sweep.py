"""The sweep: finds what a transport lost, and applies it."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.fan_out_alarms import FanOutAlarms
from stacks.constructs.function import Function
from stacks.environment import Environment
from stacks.names import Names

TIMEOUT_SECONDS = 240  # within the usual five minutes; two at a time do no harm, they race for the same gates


class Sweep(Construct):
    """A function of its own for one consumer, called by a schedule of its own.

    A sweep that fails is not repeated: the next one comes soon, and goes on where the last one got to.

    Parameters
    ----------
    consumer : str
        The consumer's id.
    layers : sequence
    settings : mapping of str to str
        The consumer's.
    permissions : sequence of PolicyStatement
    """

    def __init__(
        self,
        scope: Construct,
        *,
        consumer: str,
        layers: Sequence[lambda_.ILayerVersion],
        settings: Mapping[str, str],
        permissions: Sequence[iam.PolicyStatement],
        environment: Environment,
    ) -> None:
        super().__init__(scope, "Sweep")
        name = f"sweep-{consumer}"
        function = Function(
            self,
            name=name,
            folder="sweep",
            layers=layers,
            settings={**settings, "SWEEP_READ_UNITS": str(environment.sweep_read_units)},
            permissions=permissions,
            timeout_seconds=TIMEOUT_SECONDS,
            memory_mb=environment.consumer_memory_mb,
            keep_log=False,
            environment=environment,
        ).called
        function.configure_async_invoke(retry_attempts=0)
        alarms = FanOutAlarms(self, function=name, environment=environment)
        alarms.on_parked_streams()
        alarms.on_streams_ahead()
        if environment.sweep_minutes:
            self._schedule(function, name, environment)
            alarms.on_failed_sweeps(function)

    def _schedule(self, function: lambda_.IFunction, name: str, environment: Environment) -> None:
        events.Rule(
            self,
            "Schedule",
            rule_name=Names(environment.name).schedule(name),
            description=f"Calls {name}",
            schedule=events.Schedule.rate(Duration.minutes(environment.sweep_minutes)),
            targets=[targets.LambdaFunction(function, retry_attempts=0)],
        )
