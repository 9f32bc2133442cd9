"""The two ways in which a batch's chunks reach workers."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from stacks.constructs.batches_bucket import OURS
from stacks.constructs.transient import retry_service, retry_transient
from stacks.environment import Environment


class BatchDispatch(Construct):
    """States `Dispatch`, a map over the chunk index, and `Send`, which puts the same chunks into a queue.

    Neither writes anything that is counted.

    Parameters
    ----------
    work, send : IFunction
    bucket : IBucket
        Holds the chunk index that the map reads, and the map's results.
    environment : Environment

    Attributes
    ----------
    map : DistributedMap
    send : LambdaInvoke
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        work: lambda_.IFunction,
        send: lambda_.IFunction,
        bucket: s3.IBucket,
        environment: Environment,
    ) -> None:
        super().__init__(scope, id)
        self.map = self._map(bucket)
        self.map.item_processor(self._work(work, environment))
        self.send = self._send(send)

    def next(self, then: sfn.INextable | sfn.IChainable) -> None:
        """Where both go, whatever becomes of them: the gatekeeper sees to what they left."""
        for state in (self.map, self.send):
            state.add_catch(then, errors=["States.ALL"], result_path="$.dispatch_error")  # type: ignore[arg-type]
            state.next(then)  # type: ignore[arg-type]

    def _map(self, bucket: s3.IBucket) -> sfn.DistributedMap:
        return sfn.DistributedMap(
            self,
            "Dispatch",
            state_name="Dispatch",
            comment="One child a chunk. It drains by itself when the batch's deadline has passed.",
            item_reader=sfn.S3JsonItemReader(bucket=bucket, key=sfn.JsonPath.string_at("$.index.key")),
            item_selector={
                "batch": sfn.JsonPath.string_at("$.batch"),
                "generation": sfn.JsonPath.number_at("$.generation"),
                "chunk": sfn.JsonPath.object_at("$$.Map.Item.Value"),
            },
            max_concurrency_path="$.concurrency",
            tolerated_failure_percentage=100,
            map_execution_type=sfn.StateMachineType.EXPRESS,
            # Without a writer a map whose results outgrow 256 KiB fails, even if they are discarded.
            result_writer_v2=sfn.ResultWriterV2(bucket=bucket, prefix=f"{OURS}map-runs/"),
            result_path=sfn.JsonPath.DISCARD,
        )

    def _work(self, work: lambda_.IFunction, environment: Environment) -> sfn.IChainable:
        task = tasks.LambdaInvoke(
            self,
            "Work",
            state_name="Work",
            comment="One attempt at one chunk. What counts is the chunk's record, not this state's outcome.",
            lambda_function=work,
            payload_response_only=True,
            retry_on_service_exceptions=False,
            task_timeout=sfn.Timeout.duration(Duration.seconds(environment.worker_timeout_seconds + 10)),
        )
        retry_service(task)  # an attempt that fails or dies is the gatekeeper's to repeat, when its lease has lapsed
        return task

    def _send(self, send: lambda_.IFunction) -> tasks.LambdaInvoke:
        task = tasks.LambdaInvoke(
            self,
            "Send",
            state_name="Send",
            comment="One message a chunk, for the workers of the queue.",
            lambda_function=send,
            payload_response_only=True,
            result_path=sfn.JsonPath.DISCARD,
            retry_on_service_exceptions=False,
        )
        retry_transient(task)
        return task
