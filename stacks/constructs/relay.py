"""The relay: commits from the events table's stream to Kinesis."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.fan_out_alarms import FanOutAlarms
from stacks.constructs.function import Function
from stacks.constructs.permissions import Permissions
from stacks.constructs.stream_feed import StreamFeed
from stacks.environment import Environment
from stacks.names import Names

NAME = "relay"
TIMEOUT_SECONDS = 60
MEMORY_MB = 256
DYNAMODB_KEEPS_HOURS = 24
# Snapshots are written over each other and have no commit id. Numbers are texts on this wire: no numeric operator fits.
COMMITS = {
    "eventName": lambda_.FilterRule.is_equal("INSERT"),
    "dynamodb": {"NewImage": {"commit_id": {"S": lambda_.FilterRule.exists()}}},
}
# Nothing else than snapshots, whose sort key is 0, is ever written over or removed: nobody is called for these unless
# somebody went past the library. By the key, because what was written over a commit need not look like one.
CHANGED_COMMITS = {
    "eventName": lambda_.FilterRule.or_("MODIFY", "REMOVE"),
    "dynamodb": {"Keys": {"sk": {"N": lambda_.FilterRule.not_equals("0")}}},
}


class Relay(Construct):
    """The function, what feeds it, and its alarms. One invocation at a time for a shard keeps commits in order.

    Parameters
    ----------
    events_stream_arn : str
    layers : sequence
    may : Permissions
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        events_stream_arn: str,
        layers: Sequence[lambda_.ILayerVersion],
        may: Permissions,
        environment: Environment,
    ) -> None:
        super().__init__(scope, id)
        function = Function(
            self,
            name=NAME,
            layers=layers,
            settings={"COMMIT_STREAM": Names(environment.name).commit_stream},
            permissions=[may.poll_events(events_stream_arn), may.send_commits()],
            timeout_seconds=TIMEOUT_SECONDS,
            memory_mb=MEMORY_MB,
            environment=environment,
        ).called
        feed = StreamFeed(
            self,
            stream_arn=events_stream_arn,
            function=function,
            function_name=NAME,
            batch_size=environment.relay_batch_size,
            filters=[lambda_.FilterCriteria.filter(fits) for fits in (COMMITS, CHANGED_COMMITS)],
            # No record can poison a batch here: what is not sent is tried until just before its stream forgets it, so
            # that an outage of Kinesis loses nothing that all the sweeps would have to heal.
            max_age=Duration.hours(DYNAMODB_KEEPS_HOURS - 1),
            environment=environment,
        )
        alarms = FanOutAlarms(self, function=NAME, environment=environment)
        healed = (
            "What it misses is not lost: it is in the events table, and each consumer's sweep reads it there. A "
            "changed commit in it (MODIFY, REMOVE) was perhaps told to nobody."
        )
        alarms.on_age(function, kept_hours=DYNAMODB_KEEPS_HOURS, then=healed)
        alarms.on_dead_letters(feed.dead_letters.queue, then=healed)
        alarms.on_changed_commits()
