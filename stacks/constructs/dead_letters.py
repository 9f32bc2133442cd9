"""A queue of what one function gave up."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.nag import acknowledge
from stacks.constructs.queue_encryption import under_data_key
from stacks.environment import Environment
from stacks.names import Names

KEPT = Duration.days(14)
DEAD_LETTERS_OF_CHUNKS = "chunks"  # what gives up there has no function of that name: it is the queue of chunks


class DeadLetters(Construct):
    """An encrypted queue that keeps its messages for 14 days, as long as SQS can.

    A message names the shard and the sequence numbers of records that a stream's event source gave up; it does not hold
    them. The queue goes with its function: left behind, it would stand in the way when the function comes back.

    Parameters
    ----------
    function : str
        The name, within the environment, of the function that gives up.

    Attributes
    ----------
    queue : sqs.Queue
    """

    def __init__(self, scope: Construct, *, function: str, environment: Environment) -> None:
        super().__init__(scope, "DeadLetters")
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=Names(environment.name).dead_letters(function),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=environment.tls_only,
            retention_period=KEPT,
        )
        under_data_key(self.queue, environment)
        acknowledge(self.queue, {"AwsSolutions-SQS3": "It is the dead-letter queue, of an event source."})
        if not environment.tls_only:
            acknowledge(self.queue, {"AwsSolutions-SQS4": "The emulator on this machine speaks plain http only."})
