"""What feeds a function from a stream: the same care for the relay and for every consumer."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_lambda_event_sources import SqsDlq
from constructs import Construct

from stacks.constructs.dead_letters import DeadLetters
from stacks.environment import Environment


class StreamFeed(Construct):
    """An event source mapping from the oldest record on, and the queue of what it gave up.

    The function answers with the first record that failed, and what is before it counts as done. A batch that fails
    altogether is tried again, then halved, so that in the end only what can't be handled is given up.

    Parameters
    ----------
    stream_arn : str
    function : IFunction
    function_name : str
        Its name within the environment.
    batch_size : int
    parallelization : int
        Invocations at a time for one shard; records of one key stay in order.
    filters : sequence, optional
        Records that fit none of them are not delivered.
    retry_attempts : int, optional
        None: as many as it takes, until the records are too old.
    max_age : Duration, optional
        Older records are given up.

    Attributes
    ----------
    dead_letters : DeadLetters
    """

    def __init__(
        self,
        scope: Construct,
        *,
        stream_arn: str,
        function: lambda_.IFunction,
        function_name: str,
        batch_size: int,
        environment: Environment,
        retry_attempts: int | None = None,
        parallelization: int = 1,
        filters: Sequence[Mapping[str, Any]] | None = None,
        max_age: Duration | None = None,
    ) -> None:
        super().__init__(scope, "Feed")
        self.dead_letters = DeadLetters(self, function=function_name, environment=environment)
        lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=function,
            event_source_arn=stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=batch_size,
            parallelization_factor=parallelization,
            filters=filters,
            report_batch_item_failures=True,
            bisect_batch_on_error=True,
            retry_attempts=retry_attempts,
            max_record_age=max_age,
            on_failure=SqsDlq(self.dead_letters.queue),
        )
