"""What functions may do: exact actions on resources that are known by name."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from stacks.constructs.batches_bucket import OURS
from stacks.constructs.live_version import called_name
from stacks.environment import Environment
from stacks.events_in_use import EventsInUse
from stacks.names import Names


class Permissions:
    """Statements for one environment's tables, buckets and functions.

    Parameters
    ----------
    stack : Stack
        Gives account, region and partition of the ARNs.
    environment : Environment
    """

    def __init__(self, stack: Stack, *, environment: Environment) -> None:
        self._stack = stack
        self._environment, self._names = environment, Names(environment.name)
        self._events_table = EventsInUse(environment).table
        self._manifest_buckets = (self._names.batches_bucket, *environment.manifest_buckets)

    def use_events(self, *actions: str) -> iam.PolicyStatement:
        """Actions on the events table. None of ours deletes."""
        return _allow([f"dynamodb:{action}" for action in actions], [self._table(self._events_table)])

    def use_batches(self, *actions: str) -> iam.PolicyStatement:
        """Actions on the batches table."""
        return _allow([f"dynamodb:{action}" for action in actions], [self._table(self._names.batches_table)])

    def use_views(self, *actions: str) -> iam.PolicyStatement:
        """Actions on the views table. None of ours deletes."""
        return _allow([f"dynamodb:{action}" for action in actions], [self._table(self._names.views_table)])

    def open_manifests(self) -> list[iam.PolicyStatement]:
        """Find objects of the manifest buckets, and read them. By listing, a missing key is told from a forbidden one.

        What is found is pinned to its version from then on; what has none is copied.
        """
        actions = ["s3:GetObject", "s3:GetObjectVersion"]
        listing = _allow(["s3:ListBucket"], [self._bucket(name) for name in self._manifest_buckets])
        return [_allow(actions, self._manifests()), listing]

    def read_manifests(self) -> iam.PolicyStatement:
        """Read objects of the manifest buckets that a plan has pinned."""
        return _allow(["s3:GetObjectVersion"], self._manifests())

    def read_failures(self) -> iam.PolicyStatement:
        """Read the lists of failed items that workers have written."""
        return _allow(["s3:GetObject"], [self._ours()])

    def read_index(self) -> iam.PolicyStatement:
        """Read the chunk index that a plan has written: at its version, always."""
        return _allow(["s3:GetObjectVersion"], [self._ours()])

    def write_objects(self) -> iam.PolicyStatement:
        """Write beside the manifests, under our own prefix; an upload in parts that fails is taken back."""
        return _allow(["s3:PutObject", "s3:AbortMultipartUpload"], [self._ours()])

    def use_overflow(self) -> iam.PolicyStatement:
        """Store and read the events of large commits. None of ours deletes."""
        return _allow(["s3:GetObject", "s3:PutObject"], [self._bucket(f"{self._names.overflow_bucket}/*")])

    def read_overflow(self) -> iam.PolicyStatement:
        """Read the events of large commits."""
        return _allow(["s3:GetObject"], [self._bucket(f"{self._names.overflow_bucket}/*")])

    def poll_events(self, stream_arn: str) -> iam.PolicyStatement:
        """What Lambda does in a function's name to feed it from the stream of the events table."""
        actions = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
        return _allow([f"dynamodb:{action}" for action in actions], [stream_arn])

    def send_commits(self) -> iam.PolicyStatement:
        """Put commits into Kinesis."""
        return _allow(["kinesis:PutRecords"], [self._commit_stream()])

    def poll_commits(self) -> iam.PolicyStatement:
        """What Lambda does in a function's name to feed it from Kinesis."""
        actions = ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards")
        return _allow([f"kinesis:{action}" for action in actions], [self._commit_stream()])

    def send_effects(self) -> iam.PolicyStatement:
        """Put events on the bus of the outbox."""
        bus = self._stack.format_arn(service="events", resource="event-bus", resource_name=self._names.outbox_bus)
        return _allow(["events:PutEvents"], [bus])

    def send_chunks(self, queue: sqs.IQueue, *, and_look: bool = False) -> iam.PolicyStatement:
        """Put chunks into their queue, and see how many wait there, if asked for."""
        look = ["sqs:GetQueueAttributes"] if and_look else []
        return _allow(["sqs:SendMessage", *look], [queue.queue_arn])

    def receive_chunks(self, queue: sqs.IQueue) -> iam.PolicyStatement:
        """What Lambda does in a worker's name to feed it from the queue."""
        return _allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [queue.queue_arn])

    def invoke(self, function: str) -> iam.PolicyStatement:
        """Invoke one of our functions, its live version where it has one."""
        arn = self._stack.format_arn(
            service="lambda",
            resource="function",
            resource_name=called_name(self._names.function(function), self._environment),
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return _allow(["lambda:InvokeFunction"], [arn])

    def _table(self, name: str) -> str:
        return self._stack.format_arn(service="dynamodb", resource="table", resource_name=name)

    def _commit_stream(self) -> str:
        return self._stack.format_arn(service="kinesis", resource="stream", resource_name=self._names.commit_stream)

    def _bucket(self, name: str) -> str:
        return self._stack.format_arn(service="s3", region="", account="", resource=name)

    def _manifests(self) -> list[str]:
        return [self._bucket(f"{name}/*") for name in self._manifest_buckets]

    def _ours(self) -> str:
        return self._bucket(f"{self._names.batches_bucket}/{OURS}*")


def _allow(actions: list[str], resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=resources)
