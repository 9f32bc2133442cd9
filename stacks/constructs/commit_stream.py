"""The stream that rings the bell: commits, on their way to projections and effects."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kinesis as kinesis
from constructs import Construct

from stacks.constructs.data_key import data_key
from stacks.constructs.nag import acknowledge
from stacks.environment import Environment


class CommitStream(Construct):
    """A Kinesis stream, encrypted, partitioned by stream id.

    It may be lost without loss, and is never retained: the events table tells the truth, and a sweep reads from there
    what did not arrive.

    Parameters
    ----------
    stream_name : str
    environment : Environment
        Says how many shards there are (or that it is on demand) and for how long commits are kept.

    Attributes
    ----------
    stream : kinesis.Stream
    """

    def __init__(self, scope: Construct, id: str, *, stream_name: str, environment: Environment) -> None:
        super().__init__(scope, id)
        key = data_key(self, environment)
        on_demand = environment.shards is None
        self.stream = kinesis.Stream(
            self,
            "Stream",
            stream_name=stream_name,
            stream_mode=kinesis.StreamMode.ON_DEMAND if on_demand else kinesis.StreamMode.PROVISIONED,
            shard_count=environment.shards,
            retention_period=Duration.hours(environment.kinesis_retention_hours),
            encryption=kinesis.StreamEncryption.KMS if key else kinesis.StreamEncryption.MANAGED,
            encryption_key=key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        if key:
            acknowledge(self.stream, {"AwsSolutions-KDS3": "The environment says that all lies under its own key."})
