"""A consumer of commits: a projection or an effect, with nothing that it shares with another."""

from collections.abc import Mapping, Sequence
from typing import Literal

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.fan_out_alarms import FanOutAlarms
from stacks.constructs.function import Function
from stacks.constructs.permissions import Permissions
from stacks.constructs.stream_feed import StreamFeed
from stacks.constructs.sweep import Sweep
from stacks.environment import Environment

Kind = Literal["project", "effect"]
TIMEOUT_SECONDS = 60
ON_VIEWS = ("GetItem", "PutItem")


class Consumer(Construct):
    """Its function, what feeds it, its sweep, their alarms: one that fails touches no other.

    Parameters
    ----------
    consumer : str
        Its id, such as `fleet-1`.
    category : str
        Of the streams that it follows: it is woken by no other.
    kind : str
        `project` or `effect`: the folder of the code. An effect may also send events to the bus of the outbox.
    stream_arn : str
        Of the stream of commits.
    settings : mapping of str to str
        Environment variables of all consumers of the kind.
    layers : sequence
    may : Permissions
    """

    def __init__(
        self,
        scope: Construct,
        *,
        consumer: str,
        category: str,
        kind: Kind,
        stream_arn: str,
        settings: Mapping[str, str],
        layers: Sequence[lambda_.ILayerVersion],
        may: Permissions,
        environment: Environment,
    ) -> None:
        super().__init__(scope, f"Consumer-{consumer}")
        settings = {**settings, "CONSUMER": consumer}
        sends = [may.send_effects()] if kind == "effect" else []
        name = f"{kind}-{consumer}"
        function = Function(
            self,
            name=name,
            folder=kind,
            layers=layers,
            settings=settings,
            permissions=[
                may.poll_commits(),
                may.use_views(*ON_VIEWS),
                may.use_events("Query"),
                may.read_overflow(),
                *sends,
            ],
            timeout_seconds=TIMEOUT_SECONDS,
            memory_mb=environment.consumer_memory_mb,
            keep_log=False,
            environment=environment,
        ).called
        self._feed(function, name, stream_arn, category, environment)
        Sweep(
            self,
            consumer=consumer,
            layers=layers,
            settings=settings,
            permissions=[
                may.use_views("Query", "BatchGetItem", *ON_VIEWS),
                may.use_events("Query", "Scan"),
                may.read_overflow(),
                *sends,
            ],
            environment=environment,
        )

    def _feed(
        self, function: lambda_.IFunction, name: str, stream_arn: str, category: str, environment: Environment
    ) -> None:
        feed = StreamFeed(
            self,
            stream_arn=stream_arn,
            function=function,
            function_name=name,
            # Kinesis filters look at the data alone: `stream` stands at the top of the relay's record.
            filters=[
                lambda_.FilterCriteria.filter({"data": {"stream": lambda_.FilterRule.begins_with(f"{category}-")}})
            ],
            batch_size=environment.consumer_batch_size,
            parallelization=environment.consumer_parallelization,
            retry_attempts=environment.stream_retry_attempts,
            max_age=Duration.hours(environment.consumer_max_age_hours),
            environment=environment,
        )
        alarms = FanOutAlarms(self, function=name, environment=environment)
        healed = "What it misses is not lost: its sweep reads it from the events table."
        # Its age limit comes before the stream's retention, or with it.
        alarms.on_age(function, kept_hours=environment.consumer_max_age_hours, then=healed)
        alarms.on_dead_letters(feed.dead_letters.queue, then=healed)
        alarms.on_lag()
